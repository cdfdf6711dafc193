using System.Collections.Concurrent;
using System.Text.Json;
using ModelPlatform.Manifests;

namespace ModelPlatform.Sites;

/// <summary>Keeps how far the exchange with each site has come. A position that is not the newest costs a page read twice, so it is not written each time.</summary>
internal sealed class SiteProgressRecords(IRecordStore store, TimeProvider time)
{
    private const string Prefix = "documents/=progress/";
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, (SiteProgress Progress, long At)> kept = new(StringComparer.Ordinal);

    public async ValueTask<SiteProgress> ReadAsync(string site, CancellationToken cancellationToken) =>
        await store.ReadAsync(Prefix + site, cancellationToken) is { } record ? JsonSerializer.Deserialize(record.Content.Span, SiteJson.Default.SiteProgress) ?? new SiteProgress() : new SiteProgress();

    public async ValueTask KeepAsync(string site, SiteProgress progress, CancellationToken cancellationToken)
    {
        if (kept.TryGetValue(site, out var last) && last.Progress.SiteId == progress.SiteId && last.Progress.Epoch == progress.Epoch && time.GetElapsedTime(last.At) < Interval)
        {
            return;
        }

        await store.WriteAsync(Prefix + site, JsonSerializer.SerializeToUtf8Bytes(progress, SiteJson.Default.SiteProgress), RecordCondition.None, cancellationToken);
        kept[site] = (progress, time.GetTimestamp());
    }

    public async ValueTask ForgetAsync(string site, CancellationToken cancellationToken)
    {
        kept.TryRemove(site, out _);
        await store.DeleteAsync(Prefix + site, RecordCondition.None, cancellationToken);
    }
}
