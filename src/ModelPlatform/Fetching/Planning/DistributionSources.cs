using System.Text.Json;
using ModelPlatform.Sources;

namespace ModelPlatform.Fetching.Planning;

/// <summary>Where else a manifest's <c>distribution</c> says the primary file may be had. It is not signed: what comes from there is held against the manifest like everything else.</summary>
/// <param name="Before">Asked before the source that gave the manifest.</param>
/// <param name="After">Asked after it.</param>
internal sealed record DistributionSources(IReadOnlyList<FetchSource> Before, IReadOnlyList<FetchSource> After)
{
    private const int MostUrls = 16;
    private const int LongestReference = 2048;

    /// <summary>Reads it.</summary>
    /// <param name="manifest">A manifest, already checked; null where the source gave none.</param>
    /// <param name="order">Names of <see cref="FetchOptions.SourceOrder"/>; <c>p2p</c> is the source that gave the manifest, <c>fallbackUrls</c> come last.</param>
    public static DistributionSources? Read(ReadOnlyMemory<byte>? manifest, IEnumerable<string> order)
    {
        if (manifest is not { Length: > 0 } bytes)
        {
            return null;
        }

        using var document = JsonDocument.Parse(bytes);
        if (!document.RootElement.TryGetProperty("distribution", out var distribution) || distribution.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var (before, after, isBefore) = (new List<FetchSource>(), new List<FetchSource>(), true);
        foreach (var name in order)
        {
            isBefore &= name != FetchOptions.Peers;
            var found = name switch
            {
                FetchOptions.Bucket => Text(distribution, "gcs") is { } url && !IsOwn(url) ? Source("url", url) : null,
                FetchOptions.Ipfs => Source("ipfs", Text(distribution, "ipfs")),
                _ => null,
            };
            if (found is not null)
            {
                (isBefore ? before : after).Add(found);
            }
        }

        if (distribution.TryGetProperty("fallbackUrls", out var urls) && urls.ValueKind == JsonValueKind.Array)
        {
            after.AddRange(urls.EnumerateArray().Take(MostUrls).Select(url => Source("url", url.ValueKind == JsonValueKind.String ? url.GetString() : null)).OfType<FetchSource>());
        }

        return before.Count + after.Count == 0 ? null : new DistributionSources(before, after);
    }

    // Where no bucket is set, this is the registry's own address of the file: the site itself is asked for it, with its credentials and under its own rules.
    private static bool IsOwn(string url) =>
        url.IndexOf("/v2/models/", StringComparison.Ordinal) is >= 0 and var at && url.IndexOf("/artifacts/", at, StringComparison.Ordinal) >= 0;

    private static FetchSource? Source(string name, string? reference) => reference is { Length: > 0 and <= LongestReference } ? new FetchSource(name, new SourceReference(reference)) : null;

    private static string? Text(JsonElement parent, string name) => parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
