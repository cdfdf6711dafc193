using ModelPlatform.Integrity;

namespace ModelPlatform.Chunks.Housekeeping;

/// <summary>Chunks that something still needs. Every implementation that is registered is asked before a chunk is collected.</summary>
public interface IChunkReferences
{
    /// <summary>All chunks referred to now; one may be named more than once. Throws where that cannot be told: then nothing is collected.</summary>
    IAsyncEnumerable<Sha256Digest> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Since when the references are known without a gap; null for always. Where they were lost (Redis came up empty), nothing is collected for one grace period.</summary>
    ValueTask<DateTimeOffset?> KnownSinceAsync(CancellationToken cancellationToken);
}
