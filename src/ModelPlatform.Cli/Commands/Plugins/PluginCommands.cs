using System.CommandLine;
using ModelPlatform.Cli.Output;
using ModelPlatform.Client;
using ModelPlatform.Client.Connection;
using ModelPlatform.Client.Plugins;

namespace ModelPlatform.Cli.Commands.Plugins;

/// <summary><c>plugin …</c></summary>
internal static class PluginCommands
{
    public static Command Create(CommandContext context) => new("plugin", "Source plugins.")
    {
        context.Ask("list", "Lists the plugins with their states.", [], Question.Of(
            CliJson.Api.PluginInfoArray,
            (client, _, cancellationToken) => client.Plugins.ListAsync(cancellationToken),
            (console, plugins, _) =>
            {
                var table = Session.Table("PLUGIN", "VERSION", "STATE", "SOURCES", "PROCESS", "REASON");
                foreach (var plugin in plugins)
                {
                    table.AddRow(
                        Session.Cell(plugin.Id), Session.Cell(plugin.Version), Session.Cell(plugin.State), Session.Cell(string.Join(", ", plugin.Sources)), Session.Cell(plugin.Process), Session.Cell(plugin.Reason));
                }

                console.Write(table);
            },
            (plugins, _) => plugins.Select(plugin => plugin.Id).Distinct())),
        Act(context, "reload", "Loads the files of a plugin anew; running fetches finish on the old version.", "is loaded anew", (client, id, cancellationToken) => client.Plugins.ReloadAsync(id, cancellationToken)),
        Act(context, "enable", "Gives the sources of a plugin back.", "is enabled", (client, id, cancellationToken) => client.Plugins.EnableAsync(id, cancellationToken)),
        Act(context, "disable", "Takes the sources of a plugin away from new fetches.", "is disabled", (client, id, cancellationToken) => client.Plugins.DisableAsync(id, cancellationToken)),
    };

    private static Command Act(CommandContext context, string name, string description, string done, Func<ModelPlatformClient, string, CancellationToken, Task<ApiResult<PluginInfo[]>>> act)
    {
        var plugin = new Argument<string>("id") { Description = "The plugin's id." };
        return context.Ask(name, description, [plugin], Question.Of(
            CliJson.Api.PluginInfoArray,
            (client, parsed, cancellationToken) => act(client, parsed.GetValue(plugin)!, cancellationToken),
            (console, _, parsed) => console.WriteLine(Printable.Of($"{parsed.GetValue(plugin)} {done}.")),
            (_, parsed) => [parsed.GetValue(plugin)]) with { Next = _ => "modelplatform plugin list" });
    }
}
