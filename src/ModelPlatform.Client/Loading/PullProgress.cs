using ModelPlatform.Client.Models;

namespace ModelPlatform.Client.Loading;

/// <summary>How a pull goes.</summary>
/// <param name="ModelId">Which model.</param>
/// <param name="Status"><c>downloading</c> or <c>complete</c>.</param>
/// <param name="Progress">0 to 1.</param>
/// <param name="ChunksVerified">Chunks that are here and proven.</param>
/// <param name="TotalChunks">Chunks of all files.</param>
/// <param name="BytesVerified">Bytes that are here and proven.</param>
/// <param name="TotalBytes">Bytes of all files.</param>
/// <param name="Verified">All of it is.</param>
public sealed record PullProgress(string ModelId, string Status, double Progress, int ChunksVerified, int TotalChunks, long BytesVerified, long TotalBytes, bool Verified);

/// <summary>A model that lies in a directory, every byte proven.</summary>
/// <param name="Manifest">What it consists of.</param>
/// <param name="Directory">Where its files are.</param>
/// <param name="BytesReused">Bytes that were there before, proven again rather than downloaded.</param>
public sealed record PulledFiles(Manifest Manifest, string Directory, long BytesReused);
