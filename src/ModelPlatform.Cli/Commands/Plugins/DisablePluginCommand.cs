using System.CommandLine;
using ModelPlatform.Cli.Connection;
using ModelPlatform.Cli.Output;

namespace ModelPlatform.Cli.Commands.Plugins;

/// <summary><c>plugin disable ID</c></summary>
internal sealed class DisablePluginCommand : PlatformCommand
{
    private readonly Argument<string> plugin = new("id") { Description = "The plugin's id." };

    public DisablePluginCommand(GlobalOptions options, Terminal terminal)
        : base("disable", "Takes the sources of a plugin away from new fetches.", options, terminal)
    {
        Add(plugin);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, Session session, CancellationToken cancellationToken)
    {
        var id = parsed.GetValue(plugin)!;
        var answer = await session.Client.Plugins.DisableAsync(id, cancellationToken);
        if (!answer.TryGet(out var done, out var problem))
        {
            return session.Fail(problem, "modelplatform plugin list");
        }

        session.Write(done, CliJson.Default.Acknowledgement, console => console.WriteLine(Printable.Of(done.Message ?? $"{id} is disabled.")), _ => [id]);
        return ExitCode.Ok;
    }
}
