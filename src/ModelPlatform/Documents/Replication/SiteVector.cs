namespace ModelPlatform.Documents.Replication;

/// <summary>Up to which time the writes of each site are contained in a map, or were in it until a later write replaced them.</summary>
internal sealed class SiteVector
{
    private readonly SortedDictionary<string, HybridTime> times = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, HybridTime> Times => times;

    public bool Covers(string site, HybridTime time) => times.TryGetValue(site, out var seen) && time <= seen;

    public void Advance(string site, HybridTime time) => times[site] = times.TryGetValue(site, out var seen) ? HybridTime.Later(seen, time) : time;

    public void Advance(IEnumerable<KeyValuePair<string, HybridTime>> others)
    {
        foreach (var (site, time) in others)
        {
            Advance(site, time);
        }
    }
}
