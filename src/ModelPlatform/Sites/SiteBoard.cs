using System.Collections.Concurrent;
using ModelPlatform.Documents.Replication;

namespace ModelPlatform.Sites;

/// <summary>How the exchange with each site stands, for whoever asks.</summary>
internal sealed class SiteBoard
{
    private readonly ConcurrentDictionary<string, SiteStanding> standings = new(StringComparer.Ordinal);

    public SiteStanding Of(string name) => standings.GetOrAdd(name, _ => new SiteStanding());

    public void Update(string name, Func<SiteStanding, SiteStanding> change) => standings.AddOrUpdate(name, _ => change(new SiteStanding()), (_, standing) => change(standing));

    public void Keep(IEnumerable<string> names)
    {
        foreach (var gone in standings.Keys.Except(names, StringComparer.Ordinal).ToList())
        {
            standings.TryRemove(gone, out _);
        }

        foreach (var name in names)
        {
            Of(name);
        }
    }

    /// <summary>The keys of a site that writes under an id; null where no known site does.</summary>
    public IReadOnlyList<string>? KeysOf(string siteId)
    {
        var known = standings.FirstOrDefault(site => site.Value.Progress.SiteId == siteId || (site.Value.Progress.SiteId is null && site.Key == siteId)).Value;
        return known?.Progress.Keys;
    }

    /// <summary>The name of the site that writes under an id.</summary>
    public string? NameOf(string siteId) => standings.Where(site => site.Value.Progress.SiteId == siteId).Select(site => site.Key).FirstOrDefault();
}

/// <summary>How the exchange with one site stands.</summary>
internal sealed record SiteStanding
{
    public SiteProgress Progress { get; init; } = new();

    public SiteState State { get; init; } = SiteState.Waiting;

    /// <summary>Why it is not connected.</summary>
    public string? Reason { get; init; }

    /// <summary>What it has that is not here.</summary>
    public (long Fields, long Bytes) Behind { get; init; }

    /// <summary>What is here that it has not been sent.</summary>
    public (long Fields, long Bytes) Ahead { get; init; }

    /// <summary>Up to which time it has the writes of each site.</summary>
    public IReadOnlyDictionary<string, HybridTime> Seen { get; init; } = new Dictionary<string, HybridTime>();

    /// <summary>Whether it asks this site for changes itself.</summary>
    public bool Pulls { get; init; }

    /// <summary>Root of its digest at the last contact.</summary>
    public string? Root { get; init; }

    public long BytesReceived { get; init; }

    public long BytesSent { get; init; }

    /// <summary>States refused, by reason.</summary>
    public IReadOnlyDictionary<string, long> Refused { get; init; } = new Dictionary<string, long>();
}
