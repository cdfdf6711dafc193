using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;
using ModelPlatform.Manifests;
using ModelPlatform.Sources;

namespace ModelPlatform.Sites;

/// <summary>Sites as records beside the documents, over those in the settings. What is read is believed for a moment: every request of a site asks.</summary>
internal sealed class SiteDirectory(IRecordStore store, IOptions<SiteOptions> options, TimeProvider time) : ISiteDirectory
{
    private const string Prefix = "documents/=sites/";
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(2);

    private (IReadOnlyList<Site> Sites, long At)? known;

    public event Action? Changed;

    public async ValueTask<IReadOnlyList<Site>> ListAsync(CancellationToken cancellationToken)
    {
        if (known is { } read && time.GetElapsedTime(read.At) < Freshness)
        {
            return read.Sites;
        }

        var sites = new SortedDictionary<string, Site>(StringComparer.Ordinal);
        foreach (var peer in options.Value.Peers)
        {
            sites[peer.Name] = new Site { Name = peer.Name, Url = peer.Url!, Token = string.IsNullOrEmpty(peer.Token) ? null : peer.Token };
        }

        await foreach (var path in store.ListAsync(Prefix, cancellationToken))
        {
            if (await store.ReadAsync(path, cancellationToken) is { } record && JsonSerializer.Deserialize(record.Content.Span, SiteJson.Default.Site) is { } site)
            {
                sites[site.Name] = site;
            }
        }

        known = ([.. sites.Values], time.GetTimestamp());
        return known.Value.Sites;
    }

    public async Task<Site> PutAsync(Site site, CancellationToken cancellationToken)
    {
        await store.WriteAsync($"{Prefix}{site.Name}", JsonSerializer.SerializeToUtf8Bytes(site, SiteJson.Default.Site), RecordCondition.None, cancellationToken);
        known = null;
        Changed?.Invoke();
        return site;
    }

    public async Task<Result<bool>> RemoveAsync(string name, CancellationToken cancellationToken)
    {
        var removed = await store.DeleteAsync($"{Prefix}{name}", RecordCondition.None, cancellationToken);
        known = null;
        Changed?.Invoke();
        return options.Value.Peers.Any(peer => peer.Name == name)
            ? new PlatformError(ErrorCode.InvalidState, $"The site {name} stands in the settings (Sites:Peers). Remove it there, or pause it.")
            : removed;
    }
}

/// <summary>The JSON of sites and of what is known of them.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Site))]
[JsonSerializable(typeof(SiteProgress))]
internal sealed partial class SiteJson : JsonSerializerContext;
