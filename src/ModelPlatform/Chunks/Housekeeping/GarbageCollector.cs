using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ModelPlatform.Events;
using ModelPlatform.Integrity;

namespace ModelPlatform.Chunks.Housekeeping;

/// <summary>
/// Lists first and marks afterwards: a reference made after the listing is seen, or its chunk was touched and the delete, which asks for the ETag of the listing, is
/// refused. Before each group of deletes the references are read again.
/// </summary>
internal sealed partial class GarbageCollector(
    IChunkStore store, IEnumerable<IChunkReferences> references, IOptions<ChunkStoreOptions> options, IEventRaiser events, TimeProvider time, ILogger<GarbageCollector> logger) : IGarbageCollector
{
    private const int Group = 10_000;
    private const int DeletesAtOnce = 8;

    public async Task<GarbageReport> CollectAsync(bool dryRun, CancellationToken cancellationToken)
    {
        var grace = options.Value.GracePeriod;
        var knownFrom = await KnownFromAsync(grace, cancellationToken);
        var all = new List<StoredChunk>();
        await foreach (var chunk in store.ListAsync(cancellationToken))
        {
            all.Add(chunk);
        }

        var now = time.GetUtcNow();
        var unreferenced = all.Count == 0 ? [] : await UnreferencedAsync(all, cancellationToken);
        var garbage = knownFrom > now ? [] : unreferenced.FindAll(chunk => now - chunk.LastModified > grace);
        var report = Pending(new GarbageReport(dryRun, garbage.Count, garbage.Sum(chunk => chunk.StoredBytes)), unreferenced.Except(garbage), grace, knownFrom);
        if (dryRun)
        {
            return report;
        }

        var (count, bytes) = (0, 0L);
        foreach (var group in garbage.Chunk(Group))
        {
            var still = garbage.Count <= Group && count == 0 ? [.. group] : await UnreferencedAsync(group, cancellationToken);
            await Parallel.ForEachAsync(still, new ParallelOptions { MaxDegreeOfParallelism = DeletesAtOnce, CancellationToken = cancellationToken }, async (chunk, token) =>
            {
                if (await store.DeleteAsync(chunk, token))
                {
                    Interlocked.Increment(ref count);
                    Interlocked.Add(ref bytes, chunk.StoredBytes);
                }
            });
        }

        LogCollected(count, bytes);
        events.Raise(EventTypes.StorageChanged, null, new() { ["action"] = "collected", ["chunks"] = count, ["bytes"] = bytes });
        return report with { DeletedChunks = count, FreedBytes = bytes };
    }

    /// <summary>From when on chunks may be collected at all: where references were lost, one grace period after that.</summary>
    private async Task<DateTimeOffset> KnownFromAsync(TimeSpan grace, CancellationToken cancellationToken)
    {
        var from = DateTimeOffset.MinValue;
        foreach (var source in references)
        {
            if (await source.KnownSinceAsync(cancellationToken) is { } since && since + grace > from)
            {
                from = since + grace;
            }
        }

        if (from > time.GetUtcNow())
        {
            LogTooEarly(from, from - grace);
        }

        return from;
    }

    private static GarbageReport Pending(GarbageReport report, IEnumerable<StoredChunk> chunks, TimeSpan grace, DateTimeOffset knownFrom)
    {
        foreach (var chunk in chunks)
        {
            var free = chunk.LastModified + grace > knownFrom ? chunk.LastModified + grace : knownFrom;
            report = report with
            {
                PendingChunks = report.PendingChunks + 1,
                PendingBytes = report.PendingBytes + chunk.StoredBytes,
                PendingUntil = report.PendingUntil > free ? report.PendingUntil : free,
            };
        }

        return report;
    }

    private async Task<List<StoredChunk>> UnreferencedAsync(IReadOnlyCollection<StoredChunk> candidates, CancellationToken cancellationToken)
    {
        var left = candidates.ToDictionary(chunk => chunk.Id);
        foreach (var source in references)
        {
            await foreach (var chunk in source.ReadAsync(cancellationToken))
            {
                left.Remove(chunk);
            }
        }

        return [.. left.Values];
    }
}
