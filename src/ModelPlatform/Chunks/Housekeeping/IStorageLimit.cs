using ModelPlatform.Integrity;
using ModelPlatform.Sources;

namespace ModelPlatform.Chunks.Housekeeping;

/// <summary>Holds the chunk store below <c>Chunks:MaxBytes</c>.</summary>
public interface IStorageLimit
{
    /// <summary>Makes room before bytes are written, by evicting the least recently used models that their sources can give again.</summary>
    /// <param name="bytes">How many bytes will be needed.</param>
    /// <param name="known">Those of them whose chunks are known, by length: what is stored of them needs no room, and is not evicted.</param>
    /// <param name="cancellationToken">Stops; what is evicted by then stays evicted.</param>
    /// <returns>DiskFull where there is not room and nothing more may be evicted; null where there is room.</returns>
    Task<PlatformError?> MakeRoomAsync(long bytes, IReadOnlyDictionary<Sha256Digest, int> known, CancellationToken cancellationToken);
}
