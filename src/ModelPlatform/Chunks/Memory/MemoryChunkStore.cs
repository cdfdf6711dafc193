using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using ModelPlatform.Integrity;

namespace ModelPlatform.Chunks.Memory;

/// <summary>Chunks that live as long as the process.</summary>
internal sealed class MemoryChunkStore(TimeProvider time) : IChunkStore
{
    private readonly ConcurrentDictionary<Sha256Digest, Entry> chunks = new();
    private readonly ConcurrentDictionary<Sha256Digest, Entry> quarantine = new();
    private long revision;

    public ValueTask<ChunkPut> PutAsync(Sha256Digest id, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var put = ChunkPut.Stored;
        chunks.AddOrUpdate(
            id,
            _ =>
            {
                put = ChunkPut.Stored;
                return Touched(content.ToArray());
            },
            (_, present) =>
            {
                put = ChunkPut.AlreadyPresent;
                return Touched(present.Content);
            });
        return ValueTask.FromResult(put);
    }

    public ValueTask FlushAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<long?> TouchAsync(Sha256Digest id, CancellationToken cancellationToken)
    {
        while (chunks.TryGetValue(id, out var present))
        {
            if (chunks.TryUpdate(id, Touched(present.Content), present))
            {
                return ValueTask.FromResult<long?>(present.Content.Length);
            }
        }

        return ValueTask.FromResult<long?>(null);
    }

    public ValueTask<int?> ReadAsync(Sha256Digest id, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (!chunks.TryGetValue(id, out var present))
        {
            return ValueTask.FromResult<int?>(null);
        }

        if (present.Content.Length <= destination.Length)
        {
            present.Content.CopyTo(destination);
        }

        return ValueTask.FromResult<int?>(present.Content.Length);
    }

    public async IAsyncEnumerable<StoredChunk> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var (id, entry) in chunks)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return new StoredChunk(id, entry.Content.Length, entry.LastModified, ETag(entry));
        }

        await ValueTask.CompletedTask;
    }

    public ValueTask<bool> DeleteAsync(StoredChunk seen, CancellationToken cancellationToken) => ValueTask.FromResult(
        chunks.TryGetValue(seen.Id, out var present) && ETag(present) == seen.ETag && chunks.TryRemove(KeyValuePair.Create(seen.Id, present)));

    public ValueTask QuarantineAsync(Sha256Digest id, CancellationToken cancellationToken)
    {
        if (chunks.TryRemove(id, out var entry))
        {
            quarantine[id] = entry;
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask<int> CountQuarantinedAsync(CancellationToken cancellationToken) => ValueTask.FromResult(quarantine.Count);

    public ValueTask CheckAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    private Entry Touched(byte[] content) => new(content, time.GetUtcNow(), Interlocked.Increment(ref revision));

    private static string ETag(Entry entry) => entry.Revision.ToString(CultureInfo.InvariantCulture);

    private sealed record Entry(byte[] Content, DateTimeOffset LastModified, long Revision);
}
