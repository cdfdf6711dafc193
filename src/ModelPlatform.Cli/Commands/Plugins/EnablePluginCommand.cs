using System.CommandLine;
using ModelPlatform.Cli.Connection;
using ModelPlatform.Cli.Output;

namespace ModelPlatform.Cli.Commands.Plugins;

/// <summary><c>plugin enable ID</c></summary>
internal sealed class EnablePluginCommand : PlatformCommand
{
    private readonly Argument<string> plugin = new("id") { Description = "The plugin's id." };

    public EnablePluginCommand(GlobalOptions options, Terminal terminal)
        : base("enable", "Gives the sources of a plugin back.", options, terminal)
    {
        Add(plugin);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, Session session, CancellationToken cancellationToken)
    {
        var id = parsed.GetValue(plugin)!;
        var answer = await session.Client.Plugins.EnableAsync(id, cancellationToken);
        if (!answer.TryGet(out var done, out var problem))
        {
            return session.Fail(problem, "modelplatform plugin list");
        }

        session.Write(done, CliJson.Default.Acknowledgement, console => console.WriteLine(Printable.Of(done.Message ?? $"{id} is enabled.")), _ => [id]);
        return ExitCode.Ok;
    }
}
