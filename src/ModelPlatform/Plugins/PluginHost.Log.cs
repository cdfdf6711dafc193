using Microsoft.Extensions.Logging;

namespace ModelPlatform.Plugins;

internal sealed partial class PluginHost
{
    [LoggerMessage(5001, LogLevel.Information, "The plugin {Plugin} {Version} is active (sources: {Sources}), {Milliseconds:0} ms after its files had settled")]
    private partial void LogActive(string plugin, string version, string sources, double milliseconds);

    [LoggerMessage(5002, LogLevel.Information, "The plugin {Plugin} {Version} is no longer offered; {Operations} operations end on it")]
    private partial void LogDraining(string plugin, string version, int operations);

    [LoggerMessage(5003, LogLevel.Warning, "The plugin {Plugin} {Version} is {State}: {Reason}")]
    private partial void LogNotInUse(string plugin, string version, PluginState state, string? reason);

    [LoggerMessage(5004, LogLevel.Error, "Watching the plugin directories failed and goes on")]
    private partial void LogFailed(Exception exception);
}
