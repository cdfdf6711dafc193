using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace ModelPlatform.Plugins;

/// <summary>The sources in use: one immutable snapshot, replaced as a whole.</summary>
internal sealed class PluginCatalog : ISourceCatalog
{
    private volatile Snapshot current = new(FrozenDictionary<string, LoadedPlugin>.Empty, [], []);

    public IReadOnlyList<string> Names => current.Plugins.Any(pair => pair.Value.Conduct.IsLost)
        ? [.. current.Names.Where(name => !current.Plugins[name].Conduct.IsLost)]
        : current.Names;

    /// <summary>The plugins in use, but those that hang.</summary>
    public IEnumerable<LoadedPlugin> Active => current.All.Where(plugin => !plugin.Conduct.IsLost);

    public bool TryAcquire(string source, [NotNullWhen(true)] out SourceLease? lease)
    {
        // A plugin may close between the look and the entry: then the snapshot has been replaced, and the new one is asked.
        for (var snapshot = current; snapshot.Plugins.TryGetValue(source, out var plugin) && !plugin.Conduct.IsLost; snapshot = current)
        {
            if (plugin.TryEnter())
            {
                lease = new SourceLease(source, plugin.Manifest.Id, plugin.Manifest.Version, plugin.Sources[source], plugin.Exit);
                return true;
            }

            if (ReferenceEquals(snapshot, current))
            {
                break;
            }
        }

        lease = null;
        return false;
    }

    public void Replace(IEnumerable<LoadedPlugin> active)
    {
        var plugins = active.ToArray();
        var bySource = plugins.SelectMany(plugin => plugin.SourceNames.Select(name => (name, plugin))).ToFrozenDictionary(pair => pair.name, pair => pair.plugin, StringComparer.Ordinal);
        current = new Snapshot(bySource, [.. bySource.Keys.Order(StringComparer.Ordinal)], plugins);
    }

    private sealed record Snapshot(FrozenDictionary<string, LoadedPlugin> Plugins, IReadOnlyList<string> Names, LoadedPlugin[] All);
}
