namespace ModelPlatform.Plugins;

/// <summary>Which candidates should be in use: one for each id, the highest version that loads, and the rest with the reason why not.</summary>
internal sealed class PluginRoster(Func<PluginCandidate, Task<(LoadedPlugin? Plugin, PluginFault? Fault)>> load, TimeProvider time)
{
    private static readonly TimeSpan RetryPassingFault = TimeSpan.FromSeconds(5);
    private readonly Dictionary<string, (string Fingerprint, PluginFault Fault, long At)> faults = new(StringComparer.Ordinal);

    /// <summary>Plugins in use, by id without regard to case.</summary>
    public Dictionary<string, LoadedPlugin> Active { get; private set; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Candidates not in use.</summary>
    public IReadOnlyList<(PluginCandidate Candidate, PluginState State, string? Reason)> Resting { get; private set; } = [];

    /// <summary>Brings the active plugins in line with the candidates.</summary>
    /// <param name="candidates">What was found.</param>
    /// <param name="disabled">Ids switched off.</param>
    /// <param name="anew">An id to load again although nothing changed.</param>
    /// <returns>Plugins that were replaced or have gone, to be drained.</returns>
    public async Task<IReadOnlyList<LoadedPlugin>> ReconcileAsync(IReadOnlyList<PluginCandidate> candidates, IReadOnlySet<string> disabled, string? anew = null)
    {
        var resting = new List<(PluginCandidate, PluginState, string?)>();
        var active = new Dictionary<string, LoadedPlugin>(StringComparer.OrdinalIgnoreCase);
        var owners = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var gone in faults.Keys.Except(candidates.Select(candidate => candidate.Directory)).ToArray())
        {
            faults.Remove(gone);
        }

        // The built-in plugins first: none of their sources can be taken by a third party's.
        var groups = candidates.GroupBy(candidate => candidate.Id, StringComparer.OrdinalIgnoreCase)
            .OrderByDescending(group => group.Any(candidate => candidate.IsBuiltIn)).ThenBy(group => group.Key, StringComparer.OrdinalIgnoreCase).ToArray();
        var loads = await Task.WhenAll(groups.Select(group => ChooseAsync(group.Key, [.. group], disabled, anew)));
        foreach (var (chosen, rest) in loads)
        {
            resting.AddRange(rest);
            if (chosen is null)
            {
                continue;
            }

            if (chosen.SourceNames.FirstOrDefault(owners.ContainsKey) is { } taken)
            {
                var reason = $"the source {taken} is provided by the plugin {owners[taken]} already";
                resting.Add((chosen.Candidate, PluginState.Incompatible, reason));
                faults[chosen.Candidate.Directory] = (chosen.Candidate.Fingerprint, new PluginFault(PluginState.Incompatible, reason, IsPassing: true), time.GetTimestamp());
                if (!Active.ContainsValue(chosen))
                {
                    await DropAsync(chosen);
                }

                continue;
            }

            foreach (var name in chosen.SourceNames)
            {
                owners[name] = chosen.Manifest.Id;
            }

            active[chosen.Manifest.Id] = chosen;
        }

        var replaced = Active.Values.Where(old => !active.ContainsValue(old)).ToArray();
        (Active, Resting) = (active, resting);
        return replaced;
    }

    private async Task<(LoadedPlugin? Chosen, List<(PluginCandidate, PluginState, string?)> Resting)> ChooseAsync(
        string id, PluginCandidate[] candidates, IReadOnlySet<string> disabled, string? anew)
    {
        var resting = new List<(PluginCandidate, PluginState, string?)>();
        if (disabled.Contains(id))
        {
            resting.AddRange(candidates.Select(candidate => (candidate, PluginState.Disabled, (string?)"switched off by an operator")));
            return (null, resting);
        }

        var current = Active.GetValueOrDefault(id);
        LoadedPlugin? chosen = null;
        foreach (var candidate in candidates.OrderByDescending(candidate => candidate.Version).ThenByDescending(candidate => candidate.IsBuiltIn))
        {
            if (chosen is not null && candidate.Fault is null)
            {
                resting.Add((candidate, PluginState.Superseded, $"version {chosen.Manifest.Version} in {(chosen.Candidate.IsBuiltIn ? "the platform itself" : "the data directory")} is in use"));
                continue;
            }

            var (plugin, fault) = await TakeAsync(candidate, current, anew is not null && anew.Equals(id, StringComparison.OrdinalIgnoreCase));
            if (plugin is not null)
            {
                chosen = plugin;
                continue;
            }

            // What runs from this directory goes on until something that loads takes its place, or the directory is gone.
            var goesOn = chosen is null && current?.Candidate.Directory == candidate.Directory;
            chosen = goesOn ? current : chosen;
            resting.Add((candidate, fault!.State, goesOn ? $"{fault.Reason}; version {current!.Manifest.Version} goes on as it was" : fault.Reason));
        }

        return (chosen, resting);
    }

    private async Task<(LoadedPlugin? Plugin, PluginFault? Fault)> TakeAsync(PluginCandidate candidate, LoadedPlugin? current, bool isAnew)
    {
        // A reload may have failed over what runs, from the same files: then it is not yet what was asked for.
        bool isFaulty;
        lock (faults)
        {
            isFaulty = faults.TryGetValue(candidate.Directory, out var known) && known.Fingerprint == candidate.Fingerprint;
            if (!isAnew && isFaulty && !(known.Fault.IsPassing && time.GetElapsedTime(known.At) >= RetryPassingFault))
            {
                return (null, known.Fault);
            }
        }

        if (!isAnew && !isFaulty && current?.Candidate.Directory == candidate.Directory && current.Candidate.Fingerprint == candidate.Fingerprint)
        {
            return (current, null);
        }

        var (plugin, fault) = await load(candidate);
        lock (faults)
        {
            if (fault is null)
            {
                faults.Remove(candidate.Directory);
            }
            else
            {
                faults[candidate.Directory] = (candidate.Fingerprint, fault, time.GetTimestamp());
            }
        }

        return (plugin, fault);
    }

    private async Task DropAsync(LoadedPlugin plugin)
    {
        await plugin.CloseAsync();
        await plugin.UnloadAsync(time);
    }
}
