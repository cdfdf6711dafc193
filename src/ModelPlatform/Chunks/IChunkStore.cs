using ModelPlatform.Integrity;

namespace ModelPlatform.Chunks;

/// <summary>Keeps each distinct chunk once, under the SHA-256 of its bytes. Every driver passes the conformance suite in tests/ModelPlatform.Tests/Chunks.</summary>
/// <remarks>
/// Callers hash; a store never lets a chunk be seen half written. Failures of the medium throw <see cref="Sources.PlatformException"/> with
/// <see cref="Sources.ErrorCode.StorageFailed"/> or <see cref="Sources.ErrorCode.DiskFull"/>.
/// </remarks>
public interface IChunkStore
{
    /// <summary>Stores a chunk if it is absent. One already present is touched (new ETag and time), so that no garbage collection that saw the old one can remove it.</summary>
    /// <returns>Whether bytes were written. The chunk is durable only after <see cref="FlushAsync"/>.</returns>
    ValueTask<ChunkPut> PutAsync(Sha256Digest id, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>Returns when every chunk whose <see cref="PutAsync"/> had returned before the call survives a power cut. Concurrent calls share the work.</summary>
    ValueTask FlushAsync(CancellationToken cancellationToken);

    /// <summary>Touches a chunk.</summary>
    /// <returns>Its length in plain bytes, or null where it is absent.</returns>
    ValueTask<long?> TouchAsync(Sha256Digest id, CancellationToken cancellationToken);

    /// <summary>Reads a whole chunk's plain bytes, unverified.</summary>
    /// <param name="id">The chunk.</param>
    /// <param name="destination">At least as long as the chunk.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>How many bytes the stored chunk has; null where it is absent. Larger than <paramref name="destination"/> means that nothing usable was read.</returns>
    ValueTask<int?> ReadAsync(Sha256Digest id, Memory<byte> destination, CancellationToken cancellationToken);

    /// <summary>All chunks, in no order, as they are seen now. Quarantined ones are not among them.</summary>
    IAsyncEnumerable<StoredChunk> ListAsync(CancellationToken cancellationToken);

    /// <summary>Deletes a chunk if it is still as it was seen.</summary>
    /// <returns>False where it was touched or deleted since.</returns>
    ValueTask<bool> DeleteAsync(StoredChunk seen, CancellationToken cancellationToken);

    /// <summary>Takes a chunk whose bytes no longer match out of reading, and keeps it for the operator.</summary>
    ValueTask QuarantineAsync(Sha256Digest id, CancellationToken cancellationToken);

    /// <summary>How many chunks are in quarantine.</summary>
    ValueTask<int> CountQuarantinedAsync(CancellationToken cancellationToken);

    /// <summary>Throws where the store cannot be read and written.</summary>
    ValueTask CheckAsync(CancellationToken cancellationToken);
}
