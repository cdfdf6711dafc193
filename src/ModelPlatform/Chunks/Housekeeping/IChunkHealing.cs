using ModelPlatform.Integrity;

namespace ModelPlatform.Chunks.Housekeeping;

/// <summary>Brings a missing or damaged chunk back while somebody waits for it.</summary>
internal interface IChunkHealing
{
    /// <summary>Fetches the chunk again from any source that has a file with it.</summary>
    /// <returns>Why it is not back; null where it is.</returns>
    Task<Sources.PlatformError?> HealAsync(Sha256Digest id, CancellationToken cancellationToken);
}
