namespace ModelPlatform.Chunks;

/// <summary>A chunk store that keeps files as they are: it wants to know where in which file a chunk belongs, and finds it there again.</summary>
internal interface IPlacedChunkStore : IChunkStore
{
    /// <summary>Writes a chunk to its place.</summary>
    ValueTask PutAsync(string path, long offset, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>Reads a chunk from its place, unverified.</summary>
    /// <returns>How many bytes stand there; null where there is no such file.</returns>
    ValueTask<int?> ReadAsync(string path, long offset, Memory<byte> destination, CancellationToken cancellationToken);
}
