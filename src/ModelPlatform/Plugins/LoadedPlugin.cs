using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using McMaster.NETCore.Plugins;
using ModelPlatform.Runtimes;

namespace ModelPlatform.Plugins;

/// <summary>One version of a plugin in memory: counts who uses it, and goes when nobody does.</summary>
internal sealed class LoadedPlugin(PluginCandidate candidate, PluginManifest manifest, string shadow, PluginLoader loader, FrozenDictionary<string, IsolatedSource> sources, FrozenDictionary<string, IsolatedRuntime> runtimes, PluginConduct conduct)
{
    private readonly Lock gate = new();
    private readonly TaskCompletionSource drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly WeakReference context = new(loader.LoadContext, trackResurrection: true);
    private PluginLoader? loader = loader;
    private int operations;
    private bool isClosed;

    public PluginCandidate Candidate { get; } = candidate;

    public PluginManifest Manifest { get; } = manifest;

    public string Shadow { get; } = shadow;

    public FrozenDictionary<string, IsolatedSource> Sources { get; private set; } = sources;

    /// <summary>Runtimes it brings; empty in a process that loads no models.</summary>
    public FrozenDictionary<string, IsolatedRuntime> Runtimes { get; private set; } = runtimes;

    public IReadOnlyList<string> SourceNames { get; } = [.. sources.Keys.Order(StringComparer.Ordinal)];

    public PluginConduct Conduct { get; } = conduct;

    /// <summary>Told when its sources have ended.</summary>
    public required Action Unloaded { get; init; }

    /// <summary>What its health check said on loading.</summary>
    public string? Note { get; set; }

    public int Operations => Volatile.Read(ref operations);

    /// <summary>Whether its load context is gone from memory.</summary>
    public bool IsCollected => !context.IsAlive;

    /// <summary>Since when it is unloaded; null while it is in use.</summary>
    public long? UnloadedAt { get; private set; }

    public bool TryEnter()
    {
        lock (gate)
        {
            if (!isClosed)
            {
                operations++;
            }

            return !isClosed;
        }
    }

    public void Exit()
    {
        lock (gate)
        {
            operations--;
            if (isClosed && operations == 0)
            {
                drained.TrySetResult();
            }
        }
    }

    /// <summary>Lets nobody in any more.</summary>
    /// <returns>Ends with the last operation.</returns>
    public Task CloseAsync()
    {
        lock (gate)
        {
            isClosed = true;
            if (operations == 0)
            {
                drained.TrySetResult();
            }
        }

        return drained.Task;
    }

    /// <summary>Ends its sources and asks the runtime to unload it. Only after it was closed and has drained.</summary>
    public async Task UnloadAsync(TimeProvider time)
    {
        foreach (var source in Sources.Values)
        {
            await source.DisposeAsync();
        }

        foreach (var runtime in Runtimes.Values)
        {
            await runtime.DisposeAsync();
        }

        Release();
        Unloaded();
        UnloadedAt = time.GetTimestamp();
    }

    // Apart, so that no frame of an asynchronous method keeps the loader.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Release()
    {
        Sources = FrozenDictionary<string, IsolatedSource>.Empty;
        Runtimes = FrozenDictionary<string, IsolatedRuntime>.Empty;
        Interlocked.Exchange(ref loader, null)?.Dispose();
    }
}
