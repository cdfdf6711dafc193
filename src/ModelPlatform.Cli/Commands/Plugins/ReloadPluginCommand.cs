using System.CommandLine;
using ModelPlatform.Cli.Connection;
using ModelPlatform.Cli.Output;

namespace ModelPlatform.Cli.Commands.Plugins;

/// <summary><c>plugin reload ID</c></summary>
internal sealed class ReloadPluginCommand : PlatformCommand
{
    private readonly Argument<string> plugin = new("id") { Description = "The plugin's id." };

    public ReloadPluginCommand(GlobalOptions options, Terminal terminal)
        : base("reload", "Loads the files of a plugin anew; running fetches finish on the old version.", options, terminal)
    {
        Add(plugin);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, Session session, CancellationToken cancellationToken)
    {
        var id = parsed.GetValue(plugin)!;
        var answer = await session.Client.Plugins.ReloadAsync(id, cancellationToken);
        if (!answer.TryGet(out var done, out var problem))
        {
            return session.Fail(problem, "modelplatform plugin list");
        }

        session.Write(done, CliJson.Default.Acknowledgement, console => console.WriteLine(Printable.Of(done.Message ?? $"{id} is loaded anew.")), _ => [id]);
        return ExitCode.Ok;
    }
}
