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
        foreach (var source in references)
        {
            if (await source.KnownSinceAsync(cancellationToken) is { } since && time.GetUtcNow() - since < grace)
            {
                LogTooEarly(since + grace, since);
                return new GarbageReport(dryRun, 0, 0);
            }
        }

        var old = new List<StoredChunk>();
        await foreach (var chunk in store.ListAsync(cancellationToken))
        {
            if (time.GetUtcNow() - chunk.LastModified > grace)
            {
                old.Add(chunk);
            }
        }

        var garbage = old.Count == 0 ? [] : await UnreferencedAsync(old, cancellationToken);
        if (dryRun)
        {
            return new GarbageReport(true, garbage.Count, garbage.Sum(chunk => chunk.StoredBytes));
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
        return new GarbageReport(false, count, bytes);
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
