using Microsoft.Extensions.Logging;

namespace ModelPlatform.Plugins;

/// <summary>Wakes whoever waits when something changes below the plugin directories, and every second in any case.</summary>
/// <remarks>Notifications alone are not enough: they get lost on overflow, on network file systems, and while a directory does not exist yet.</remarks>
internal sealed partial class PluginWatch(IReadOnlyList<string> roots, TimeProvider time, ILogger logger) : IDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);
    private readonly SemaphoreSlim changed = new(0, 1);
    private readonly Dictionary<string, FileSystemWatcher> watchers = [];

    /// <summary>Waits for a change, at most one poll.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        Arm();
        using var poll = new CancellationTokenSource(Poll, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(poll.Token, cancellationToken);
        try
        {
            await changed.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The poll.
        }
    }

    public void Dispose()
    {
        foreach (var watcher in watchers.Values)
        {
            watcher.Dispose();
        }

        changed.Dispose();
    }

    private void Arm()
    {
        foreach (var root in roots)
        {
            if (Directory.Exists(root) == watchers.ContainsKey(root))
            {
                continue;
            }

            if (watchers.Remove(root, out var gone))
            {
                gone.Dispose();
                continue;
            }

            try
            {
                watchers[root] = Watch(root);
            }
            catch (Exception exception) when (exception is IOException or ArgumentException)
            {
                // inotify limits: the poll does it alone.
                LogNotWatched(logger, root, exception.Message);
            }
        }
    }

    private FileSystemWatcher Watch(string root)
    {
        var watcher = new FileSystemWatcher(root) { IncludeSubdirectories = true };
        watcher.Changed += (_, _) => Wake();
        watcher.Created += (_, _) => Wake();
        watcher.Deleted += (_, _) => Wake();
        watcher.Renamed += (_, _) => Wake();
        watcher.Error += (_, _) => Wake();
        watcher.EnableRaisingEvents = true;
        return watcher;
    }

    private void Wake()
    {
        try
        {
            changed.Release();
        }
        catch (Exception exception) when (exception is SemaphoreFullException or ObjectDisposedException)
        {
            // Awake already, or ended.
        }
    }

    [LoggerMessage(5031, LogLevel.Debug, "{Root} is polled only: {Reason}")]
    private static partial void LogNotWatched(ILogger logger, string root, string reason);
}
