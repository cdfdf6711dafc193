using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelPlatform.Cli.Commands.Jobs;
using ModelPlatform.Cli.Output;
using ModelPlatform.Client.Runtimes;

namespace ModelPlatform.Cli.Commands.Runtimes;

/// <summary><c>model load NAME</c></summary>
internal sealed class LoadCommand : PlatformCommand
{
    private readonly Argument<string> model = new("model") { Description = "name, name:version or name@alias." };
    private readonly Option<string[]> config = new("--config") { Description = "KEY=VALUE, for example artifact=rec.onnx, threads=2, threshold=0.3. Repeatable." };
    private readonly Option<bool> preload = new("--preload") { Description = "Do not wait for it." };
    private readonly Option<string?> source = new("--source") { Description = "Where to get it if it is not here: huggingface, filesystem, url …" };
    private readonly Option<string?> reference = new("--reference") { Description = "Its name there." };
    private readonly Option<string?> variant = new("--variant") { Description = "Which variant of it." };

    public LoadCommand(CommandContext context)
        : base("load", "Takes a model into memory; brings it in first where it is not here.", context)
    {
        Add(model);
        foreach (var option in new Option[] { config, preload, source, reference, variant })
        {
            Add(option);
        }
    }

    protected override async Task<int> RunAsync(ParseResult parsed, Session session, CancellationToken cancellationToken)
    {
        if (Members(parsed.GetValue(config) ?? []) is not { } members)
        {
            session.Terminal.Complain("--config takes KEY=VALUE.");
            return ExitCode.Usage;
        }

        var name = parsed.GetValue(model)!;
        var load = new ModelLoad
        {
            Config = members.Count > 0 ? members : null,
            Preload = parsed.GetValue(preload) ? true : null,
            Source = parsed.GetValue(source),
            SourceReference = parsed.GetValue(reference),
            Variant = parsed.GetValue(variant),
        };
        var answer = await session.Client.Runtimes.LoadAsync(name, load, cancellationToken);
        if (answer is { IsSuccess: true, Value.JobId: { } job } && !parsed.GetValue(preload))
        {
            // Shown while it comes; then asked for again, which waits for the load that follows.
            var code = await JobWatch.RunAsync(session, job, cancellationToken);
            if (code != ExitCode.Ok)
            {
                return code;
            }

            answer = await session.Client.Runtimes.LoadAsync(name, load with { Source = null, SourceReference = null, Variant = null }, cancellationToken);
        }

        if (!answer.TryGet(out var state, out var problem))
        {
            return session.Fail(problem);
        }

        session.Write(
            state,
            CliJson.Api.ModelLoadState,
            console =>
            {
                console.WriteLine(Printable.Of($"{state.Id}  {state.Status}  {state.Health}"));
                if (state.Instance is { } instance)
                {
                    console.WriteLine(Printable.Of($"Runtime   {instance.Runtime}, {instance.Artifact}, in {instance.LoadMilliseconds:0} ms, {Amounts.Bytes(instance.MemoryBytes)}"));
                    console.WriteLine(Printable.Of($"Inputs    {TensorText.Of(instance.Inputs)}"));
                    console.WriteLine(Printable.Of($"Outputs   {TensorText.Of(instance.Outputs)}"));
                }
            },
            shown => [shown.Status]);
        return ExitCode.Ok;
    }

    /// <summary>Reads each value as JSON where it is some, else as text.</summary>
    private static JsonObject? Members(string[] pairs)
    {
        var members = new JsonObject();
        foreach (var pair in pairs)
        {
            if (pair.Split('=', 2) is not [{ Length: > 0 } key, var value])
            {
                return null;
            }

            members[key] = Parse(value);
        }

        return members;
    }

    private static JsonNode? Parse(string value)
    {
        try
        {
            return JsonNode.Parse(value);
        }
        catch (JsonException)
        {
            return JsonValue.Create(value);
        }
    }
}
