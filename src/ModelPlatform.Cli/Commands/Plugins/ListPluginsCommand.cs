using System.CommandLine;
using ModelPlatform.Cli.Connection;
using ModelPlatform.Cli.Output;

namespace ModelPlatform.Cli.Commands.Plugins;

/// <summary><c>plugin list</c></summary>
internal sealed class ListPluginsCommand : PlatformCommand
{
    public ListPluginsCommand(GlobalOptions options, Terminal terminal)
        : base("list", "Lists the plugins with their states.", options, terminal)
    {
    }

    protected override async Task<int> RunAsync(ParseResult parsed, Session session, CancellationToken cancellationToken)
    {
        _ = parsed;
        var answer = await session.Client.Plugins.ListAsync(cancellationToken);
        if (!answer.TryGet(out var plugins, out var problem))
        {
            return session.Fail(problem);
        }

        session.Write(
            plugins,
            CliJson.Default.PluginInfoArray,
            console =>
            {
                var table = Session.Table("PLUGIN", "VERSION", "STATE", "SOURCES", "PROCESS", "REASON");
                foreach (var plugin in plugins)
                {
                    table.AddRow(
                        Session.Cell(plugin.Id), Session.Cell(plugin.Version), Session.Cell(plugin.State), Session.Cell(string.Join(", ", plugin.Sources)), Session.Cell(plugin.Process), Session.Cell(plugin.Reason));
                }

                console.Write(table);
            },
            all => all.Select(plugin => plugin.Id).Distinct());
        return ExitCode.Ok;
    }
}
