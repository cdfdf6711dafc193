using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ModelPlatform.Integrity;
using ModelPlatform.Manifests;
using ModelPlatform.Sources;
using StackExchange.Redis;

namespace ModelPlatform.Registry;

/// <summary>
/// Reads each publication again once the store had time to make it durable. Where the store came back without it, the manifest is put again and every chunk
/// checked; missing ones are asked for until they are there, and the model reads <c>downloading</c> meanwhile.
/// </summary>
internal sealed partial class PublicationGuard(
    IRecordStore store, RegistryRecords records, RegistryIndex index, ChunkPresence presence, PublicationJournal journal, IEnumerable<IModelRepair> repairs, TimeProvider time, ILogger<PublicationGuard> logger)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LostInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private DateTimeOffset nextLook;

    /// <summary>One round: what is due is read again, what was lost is looked for.</summary>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        foreach (var publication in await journal.DueAsync())
        {
            await SettleAsync(publication, cancellationToken);
        }

        if (time.GetUtcNow() < nextLook)
        {
            return;
        }

        nextLook = time.GetUtcNow() + LostInterval;
        foreach (var id in await journal.ReadLostAsync())
        {
            await LookForChunksAsync(id, cancellationToken);
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = Interval;
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                await CheckAsync(stoppingToken);
                pause = Interval;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException or PlatformException)
            {
                LogStoreAway(exception);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
    }

    private async Task SettleAsync(Publication publication, CancellationToken cancellationToken)
    {
        var id = publication.Id;
        var path = RegistryPaths.Manifest(id);
        if (await store.ReadAsync(path, cancellationToken) is { } kept)
        {
            // Kept, or replaced by who published the same name after the loss.
            if (Sha256Digest.Of(kept.Content.Span).ToString() == publication.ETag)
            {
                await store.WriteAsync(RegistryPaths.Card(id, publication.ETag), publication.Card, RecordCondition.Absent, cancellationToken);
            }

            await journal.ForgetAsync(publication.Key);
            return;
        }

        if (!await journal.RemembersAsync(publication.Key))
        {
            return;
        }

        LogLost(id);
        await records.ClaimNameAsync(id.Name, cancellationToken);
        await store.WriteAsync(RegistryPaths.Card(id, publication.ETag), publication.Card, RecordCondition.Absent, cancellationToken);
        if (ManifestDocument.Read(publication.Manifest, id.ToString()).TryGet(out var document, out _))
        {
            await records.WriteChunksAsync(id, publication.ETag, document.Manifest, cancellationToken);
        }

        var put = await store.WriteAsync(path, publication.Manifest, RecordCondition.Absent, cancellationToken);
        if (put is not null && !await journal.RemembersAsync(publication.Key))
        {
            // Deleted by somebody in this very moment.
            await store.DeleteAsync(path, RecordCondition.Unchanged(put), cancellationToken);
            return;
        }

        // The store may be lost again before it has settled.
        await journal.RememberAsync(publication);
        await LookForChunksAsync(id, cancellationToken);
        await index.UpdateAsync(id, cancellationToken);
    }

    private async Task LookForChunksAsync(ModelId id, CancellationToken cancellationToken)
    {
        if (!(await records.ReadAsync(id, cancellationToken)).TryGet(out var entry, out _) || entry is null or { Card.IsEvicted: true })
        {
            await journal.NoteFoundAsync(id);
            return;
        }

        var findings = await presence.CheckAsync(entry.Manifest.Artifacts, cancellationToken);
        if (findings.Missing.Count == 0)
        {
            await journal.NoteFoundAsync(id);
            return;
        }

        await journal.NoteLostAsync(id, findings.Missing);
        LogChunksLost(id, findings.Missing.Count);
        foreach (var repair in repairs)
        {
            await repair.RequestAsync(entry, findings.Missing, cancellationToken);
        }
    }

    [LoggerMessage(4021, LogLevel.Warning, "The store came back without {Model}, which had been published: it is put again")]
    private partial void LogLost(ModelId model);

    [LoggerMessage(4022, LogLevel.Warning, "{Model} lacks {Count} chunks: they are asked for")]
    private partial void LogChunksLost(ModelId model, int count);

    [LoggerMessage(4023, LogLevel.Warning, "Fresh publications cannot be checked now: a store does not answer")]
    private partial void LogStoreAway(Exception exception);
}
