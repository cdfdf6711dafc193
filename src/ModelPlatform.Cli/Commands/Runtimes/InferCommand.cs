using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using ModelPlatform.Cli.Output;
using ModelPlatform.Client.Runtimes;

namespace ModelPlatform.Cli.Commands.Runtimes;

/// <summary><c>model infer NAME --input FILE</c></summary>
internal sealed class InferCommand : PlatformCommand
{
    private const int Shown = 8;

    private readonly Argument<string> model = new("model") { Description = "name, name:version or name@alias." };
    private readonly Option<string?> input = new("--input") { Description = "A JSON file {\"inputs\": {name: {\"dtype\", \"shape\", \"data\"}}}, or raw bytes with --shape; standard input where it is left out." };
    private readonly Option<string?> shape = new("--shape") { Description = "The input is raw bytes of this shape, for example 1,3,48,320." };
    private readonly Option<string?> name = new("--name") { Description = "The input's name; the only one where it is left out." };
    private readonly Option<string?> type = new("--dtype") { Description = "Its element type; the model's own where it is left out." };

    public InferCommand(CommandContext context)
        : base("infer", "Runs a loaded model.", context)
    {
        Add(model);
        foreach (var option in new Option[] { input, shape, name, type })
        {
            Add(option);
        }
    }

    protected override async Task<int> RunAsync(ParseResult parsed, Session session, CancellationToken cancellationToken)
    {
        byte[] bytes;
        try
        {
            bytes = await ReadAsync(parsed.GetValue(input) is { } file ? Path.Combine(session.Terminal.Folder, file) : null, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            session.Terminal.Complain($"The input cannot be read: {exception.Message}");
            return ExitCode.Usage;
        }

        var target = parsed.GetValue(model)!;
        Client.Connection.ApiResult<InferenceResult> answer;
        if (parsed.GetValue(shape) is { } sizes)
        {
            if (sizes.Split(',').Select(size => long.TryParse(size, CultureInfo.InvariantCulture, out var number) ? number : -1).ToArray() is var dimensions && dimensions.Any(size => size <= 0))
            {
                session.Terminal.Complain("--shape takes whole numbers, for example 1,3,48,320.");
                return ExitCode.Usage;
            }

            answer = await session.Client.Runtimes.InferRawAsync(target, bytes, dimensions, parsed.GetValue(name), parsed.GetValue(type), cancellationToken);
        }
        else if (Parse(bytes) is { } request)
        {
            answer = await session.Client.Runtimes.InferAsync(target, request, cancellationToken);
        }
        else
        {
            session.Terminal.Complain("The input is not the JSON expected: {\"inputs\": {name: {\"dtype\", \"shape\", \"data\"}}}. For raw bytes give --shape.");
            return ExitCode.Usage;
        }

        if (!answer.TryGet(out var result, out var problem))
        {
            return session.Fail(problem);
        }

        session.Write(
            result,
            CliJson.Api.InferenceResult,
            console =>
            {
                foreach (var (output, tensor) in result.Outputs)
                {
                    var elements = tensor.Data.EnumerateArray().Take(Shown).Select(element => element.GetRawText());
                    console.WriteLine(Printable.Of($"{output}  {tensor.DataType} [{string.Join(", ", tensor.Shape)}]  {string.Join(" ", elements)}{(tensor.Data.GetArrayLength() > Shown ? " …" : string.Empty)}"));
                }

                session.Terminal.Complain(string.Create(CultureInfo.InvariantCulture, $"{result.Milliseconds:0.0} ms; --format json gives all elements."));
            },
            shown => shown.Outputs.Select(output => output.Value.Data.GetRawText()));
        return ExitCode.Ok;
    }

    private static async Task<byte[]> ReadAsync(string? file, CancellationToken cancellationToken)
    {
        await using var stream = file is null ? Console.OpenStandardInput() : File.OpenRead(file);
        using var bytes = new MemoryStream();
        await stream.CopyToAsync(bytes, cancellationToken);
        return bytes.ToArray();
    }

    private static InferenceRequest? Parse(byte[] bytes)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, CliJson.Api.InferenceRequest) is { Inputs.Count: > 0 } request ? request : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
