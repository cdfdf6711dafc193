using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ModelPlatform.Events;

namespace ModelPlatform.Plugins;

/// <summary>Keeps the active plugins in line with what lies in the plugin directories, while everything runs.</summary>
internal sealed partial class PluginHost : BackgroundService, IPluginHost
{
    /// <summary>A directory must look the same twice, this far apart, before it is loaded.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(150);

    /// <summary>A directory that vanishes may be about to be replaced.</summary>
    private static readonly TimeSpan Vanishing = TimeSpan.FromMilliseconds(600);

    private readonly PluginDirectories directories;
    private readonly PluginRoster roster;
    private readonly PluginCatalog catalog;
    private readonly PluginShadow shadow;
    private readonly PluginDrain drain;
    private readonly IEventRaiser events;
    private readonly TimeProvider time;
    private readonly ILogger<PluginHost> logger;
    private readonly string process;
    private readonly SemaphoreSlim reconciling = new(1, 1);
    private readonly CancellationTokenSource stopping = new();
    private readonly Dictionary<string, long> missingSince = new(StringComparer.Ordinal);
    private ImmutableHashSet<string> disabled = ImmutableHashSet.Create<string>(StringComparer.OrdinalIgnoreCase);
    private IReadOnlyList<PluginCandidate> settled = [];
    private volatile IReadOnlyList<PluginStatus> listed = [];

    public PluginHost(PluginDirectories directories, PluginLoading loading, PluginCatalog catalog, PluginShadow shadow, IEventRaiser events, TimeProvider time, IHostEnvironment environment, ILogger<PluginHost> logger)
    {
        (this.directories, this.catalog, this.shadow, this.events, this.time, this.logger) = (directories, catalog, shadow, events, time, logger);
        roster = new PluginRoster(loading.LoadAsync, time);
        drain = new PluginDrain(time, logger);
        process = $"{environment.ApplicationName}/{Environment.MachineName}/{Environment.ProcessId}";
    }

    /// <summary>Raised after each change of the list.</summary>
    public event Action? Changed;

    public string Process => process;

    /// <summary>How many plugins were loaded so far.</summary>
    public int Loads { get; private set; }

    /// <summary>Whether the first plugins are loaded.</summary>
    public bool IsReady { get; private set; }

    /// <summary>The first load is part of the start: whoever serves has its sources.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        PluginShadow.DeleteOrphans();
        settled = await directories.ScanAsync(cancellationToken);
        await ReconcileAsync(null, cancellationToken);
        IsReady = true;
        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await stopping.CancelAsync();
        shadow.DeleteAll();
    }

    public override void Dispose()
    {
        stopping.Dispose();
        reconciling.Dispose();
        base.Dispose();
    }

    public IReadOnlyList<PluginStatus> List()
    {
        var active = roster.Active.Values.Select(plugin => Describe(plugin, IsLost(plugin) ? PluginState.Malfunctioned : PluginState.Active, plugin.Conduct.Reason ?? plugin.Note));
        var draining = drain.List().Select(entry => Describe(entry.Plugin, PluginState.Draining, entry.Reason));
        var resting = roster.Resting.Select(entry => new PluginStatus(entry.Candidate.Id, entry.Candidate.Manifest?.Version ?? string.Empty, entry.State, entry.Reason, [], process));
        return [.. active.Concat(resting).Concat(draining).OrderBy(status => status.Id, StringComparer.OrdinalIgnoreCase).ThenBy(status => status.State)];
    }

    public ValueTask<IReadOnlyList<PluginStatus>> ListEverywhereAsync(CancellationToken cancellationToken) => new(List());

    public async Task<bool> ReloadAsync(string id, CancellationToken cancellationToken)
    {
        if (!Knows(id))
        {
            return false;
        }

        settled = await directories.ScanAsync(cancellationToken);
        await ReconcileAsync(id, cancellationToken);
        return true;
    }

    public Task<bool> DisableAsync(string id, CancellationToken cancellationToken) => SwitchAsync(id, set => set.Add(id), cancellationToken);

    public Task<bool> EnableAsync(string id, CancellationToken cancellationToken) => SwitchAsync(id, set => set.Remove(id), cancellationToken);

    /// <summary>Takes over the whole set of disabled ids, as other processes left it.</summary>
    public async Task SetDisabledAsync(IEnumerable<string> ids, CancellationToken cancellationToken)
    {
        var wanted = ids.ToImmutableHashSet(StringComparer.OrdinalIgnoreCase);
        if (!wanted.SetEquals(disabled))
        {
            disabled = wanted;
            await ReconcileAsync(null, cancellationToken);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var watch = new PluginWatch(directories.Roots, time, logger);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (await LookAsync(stoppingToken))
                {
                    await Task.Delay(Settling, time, stoppingToken);
                }
                else
                {
                    await watch.WaitAsync(stoppingToken);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception exception)
            {
                LogFailed(exception);
                await Task.Delay(TimeSpan.FromSeconds(1), time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Looks once.</summary>
    /// <returns>Whether something is still moving, so that the next look should be soon.</returns>
    private async Task<bool> LookAsync(CancellationToken cancellationToken)
    {
        var before = lastSeen;
        var now = (await directories.ScanAsync(cancellationToken)).ToDictionary(candidate => candidate.Directory, StringComparer.Ordinal);
        lastSeen = now;
        var isMoving = false;
        var next = new List<PluginCandidate>();
        foreach (var candidate in now.Values)
        {
            missingSince.Remove(candidate.Directory);
            var old = settled.FirstOrDefault(known => known.Directory == candidate.Directory);
            if (old?.Fingerprint == candidate.Fingerprint || before.GetValueOrDefault(candidate.Directory)?.Fingerprint == candidate.Fingerprint)
            {
                next.Add(candidate);
                continue;
            }

            isMoving = true;
            if (old is not null)
            {
                next.Add(old);
            }
        }

        foreach (var gone in settled.Where(known => !now.ContainsKey(known.Directory)))
        {
            missingSince.TryAdd(gone.Directory, time.GetTimestamp());
            if (time.GetElapsedTime(missingSince[gone.Directory]) < Vanishing)
            {
                isMoving = true;
                next.Add(gone);
            }
        }

        settled = next;
        await ReconcileAsync(null, cancellationToken);
        return isMoving;
    }

    private Dictionary<string, PluginCandidate> lastSeen = new(StringComparer.Ordinal);

    private async Task ReconcileAsync(string? anew, CancellationToken cancellationToken)
    {
        await reconciling.WaitAsync(cancellationToken);
        try
        {
            var before = roster.Active.Values.ToHashSet();
            var started = time.GetTimestamp();
            var replaced = await roster.ReconcileAsync(settled, disabled, anew);
            catalog.Replace(roster.Active.Values);
            foreach (var plugin in roster.Active.Values.Where(plugin => !before.Contains(plugin)))
            {
                Loads++;
                LogActive(plugin.Manifest.Id, plugin.Manifest.Version, string.Join(", ", plugin.SourceNames), time.GetElapsedTime(started).TotalMilliseconds);
            }

            foreach (var plugin in replaced)
            {
                LogDraining(plugin.Manifest.Id, plugin.Manifest.Version, plugin.Operations);
                _ = DrainAsync(plugin);
            }
        }
        finally
        {
            reconciling.Release();
        }

        Announce();
    }

    private async Task DrainAsync(LoadedPlugin plugin)
    {
        try
        {
            await drain.DrainAsync(plugin, stopping.Token);
        }
        catch (OperationCanceledException)
        {
            // The process ends.
        }
        catch (Exception exception)
        {
            LogFailed(exception);
        }

        Announce();
    }

    private void Announce()
    {
        var now = List();
        if (now.SequenceEqual(listed, StatusComparer.Instance))
        {
            return;
        }

        foreach (var status in now.Where(status => status.State is PluginState.Incompatible or PluginState.Malfunctioned && !listed.Contains(status, StatusComparer.Instance)))
        {
            LogNotInUse(status.Id, status.Version, status.State, status.Reason);
        }

        Tell(listed, now);
        listed = now;
        Changed?.Invoke();
    }

    /// <summary>A start is no change, so the plugins it finds in order are not told of.</summary>
    private void Tell(IReadOnlyList<PluginStatus> before, IReadOnlyList<PluginStatus> now)
    {
        foreach (var status in now.Except(before, StatusComparer.Instance).Where(status => IsReady || status.State is PluginState.Incompatible or PluginState.Malfunctioned))
        {
            Tell(status, status.State.ToString().ToLowerInvariant());
        }

        foreach (var gone in before.Where(old => !now.Any(status => status.Id.Equals(old.Id, StringComparison.OrdinalIgnoreCase))).DistinctBy(old => old.Id))
        {
            Tell(gone, "removed");
        }
    }

    private void Tell(PluginStatus status, string state) => events.Raise(EventTypes.PluginChanged, null, new JsonObject
    {
        ["plugin"] = status.Id,
        ["version"] = status.Version,
        ["state"] = state,
        ["reason"] = status.Reason,
        ["process"] = status.Process,
    });

    private async Task<bool> SwitchAsync(string id, Func<ImmutableHashSet<string>, ImmutableHashSet<string>> change, CancellationToken cancellationToken)
    {
        if (!Knows(id))
        {
            return false;
        }

        disabled = change(disabled);
        await ReconcileAsync(null, cancellationToken);
        return true;
    }

    private bool Knows(string id) => settled.Any(candidate => candidate.Id.Equals(id, StringComparison.OrdinalIgnoreCase));

    private static bool IsLost(LoadedPlugin plugin) => plugin.Conduct.Reason is not null;

    private PluginStatus Describe(LoadedPlugin plugin, PluginState state, string? reason) =>
        new(plugin.Manifest.Id, plugin.Manifest.Version, state, reason, plugin.SourceNames, process) { Example = plugin.Manifest.Example, Operations = plugin.Operations };

    /// <summary>Compares what a person would call a change.</summary>
    private sealed class StatusComparer : IEqualityComparer<PluginStatus>
    {
        public static readonly StatusComparer Instance = new();

        public bool Equals(PluginStatus? x, PluginStatus? y) => x is not null && y is not null && (x.Id, x.Version, x.State, x.Reason) == (y.Id, y.Version, y.State, y.Reason);

        public int GetHashCode(PluginStatus status) => HashCode.Combine(status.Id, status.Version, status.State);
    }
}
