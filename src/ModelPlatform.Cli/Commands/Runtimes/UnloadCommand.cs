using System.CommandLine;
using ModelPlatform.Cli.Output;

namespace ModelPlatform.Cli.Commands.Runtimes;

/// <summary><c>model unload NAME</c></summary>
internal sealed class UnloadCommand : PlatformCommand
{
    private readonly Argument<string> model = new("model") { Description = "name, name:version or name@alias." };

    public UnloadCommand(CommandContext context)
        : base("unload", "Frees a model's memory.", context) => Add(model);

    protected override async Task<int> RunAsync(ParseResult parsed, Session session, CancellationToken cancellationToken)
    {
        if (!(await session.Client.Runtimes.UnloadAsync(parsed.GetValue(model)!, cancellationToken)).TryGet(out var state, out var problem))
        {
            return session.Fail(problem);
        }

        session.Write(state, CliJson.Api.ModelState, console => console.WriteLine(Printable.Of($"{state.Id}  {state.Status}")), shown => [shown.Status]);
        return ExitCode.Ok;
    }
}
