namespace ModelPlatform.Serving;

/// <summary>Proven bytes that stay where they are until the lease is disposed.</summary>
internal readonly struct ChunkLease(ReadOnlyMemory<byte> bytes, Action release) : IDisposable
{
    /// <summary>The chunk.</summary>
    public ReadOnlyMemory<byte> Bytes { get; } = bytes;

    public void Dispose() => release();
}
