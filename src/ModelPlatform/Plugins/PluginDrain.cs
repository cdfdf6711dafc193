using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace ModelPlatform.Plugins;

/// <summary>Plugins on their way out: waits for their operations, unloads them, and makes sure that they are gone from memory.</summary>
internal sealed partial class PluginDrain(TimeProvider time, ILogger logger)
{
    /// <summary>After this long an unloaded plugin should be collected; one that is not is shown.</summary>
    private static readonly TimeSpan CollectionDeadline = TimeSpan.FromSeconds(30);

    private ImmutableList<LoadedPlugin> plugins = [];

    /// <summary>Those that are still here, with why.</summary>
    public IEnumerable<(LoadedPlugin Plugin, string Reason)> List() => plugins.Select(plugin => (plugin, plugin switch
    {
        { UnloadedAt: null, Operations: var running } => $"{running} running {(running == 1 ? "operation ends" : "operations end")} on it",
        { UnloadedAt: { } at } when time.GetElapsedTime(at) >= CollectionDeadline => "unloaded, but still held in memory by something: its native libraries, threads, timers or static events",
        _ => "unloaded, about to leave memory",
    }));

    /// <summary>Starts to drain one that is no longer offered.</summary>
    /// <returns>Ends when it is collected, or has been given up after the deadline.</returns>
    public async Task DrainAsync(LoadedPlugin plugin, CancellationToken cancellationToken)
    {
        ImmutableInterlocked.Update(ref plugins, list => list.Add(plugin));
        await plugin.CloseAsync().WaitAsync(cancellationToken);
        await plugin.UnloadAsync(time);
        var started = time.GetTimestamp();
        for (var wait = TimeSpan.FromMilliseconds(100); !IsGone(plugin); wait = wait < TimeSpan.FromSeconds(5) ? wait * 2 : TimeSpan.FromSeconds(30))
        {
            if (time.GetElapsedTime(started) >= CollectionDeadline && wait < TimeSpan.FromSeconds(30))
            {
                LogNotCollected(logger, plugin.Manifest.Id, plugin.Manifest.Version, CollectionDeadline.TotalSeconds);
                wait = TimeSpan.FromSeconds(30);
            }

            await Task.Delay(wait, time, cancellationToken);
        }

        PluginShadow.Delete(plugin.Shadow);
        ImmutableInterlocked.Update(ref plugins, list => list.Remove(plugin));
        LogCollected(logger, plugin.Manifest.Id, plugin.Manifest.Version, time.GetElapsedTime(started).TotalMilliseconds);
    }

    // A context is collected only by collections of the oldest generation, which may be minutes apart otherwise. Swaps are rare.
    private static bool IsGone(LoadedPlugin plugin)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return plugin.IsCollected;
    }

    [LoggerMessage(5011, LogLevel.Information, "The plugin {Plugin} {Version} left memory after {Milliseconds:0} ms")]
    private static partial void LogCollected(ILogger logger, string plugin, string version, double milliseconds);

    [LoggerMessage(5012, LogLevel.Warning, "The plugin {Plugin} {Version} is unloaded but still held in memory after {Seconds:0} s")]
    private static partial void LogNotCollected(ILogger logger, string plugin, string version, double seconds);
}
