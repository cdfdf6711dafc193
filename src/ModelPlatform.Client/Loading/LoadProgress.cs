namespace ModelPlatform.Client.Loading;

/// <summary>How a load goes. <see cref="Progress"/> never goes back.</summary>
/// <param name="ModelId">Which model.</param>
/// <param name="Status"><c>cached</c>, <c>downloading</c> or <c>complete</c>.</param>
/// <param name="Progress">0 to 1.</param>
/// <param name="ChunksVerified">Chunks that are here and proven.</param>
/// <param name="TotalChunks">Chunks of all files.</param>
/// <param name="ChunksReused">Of the verified ones, those that were here before.</param>
/// <param name="BytesVerified">Bytes that are here and proven.</param>
/// <param name="TotalBytes">Bytes of all files.</param>
/// <param name="BytesPerSecond">Download speed since the load began; null before the first chunk.</param>
/// <param name="EtaSeconds">Seconds left at that speed.</param>
/// <param name="Verified">All of it is.</param>
public sealed record LoadProgress(
    string ModelId, string Status, double Progress, int ChunksVerified, int TotalChunks, int ChunksReused, long BytesVerified, long TotalBytes, double? BytesPerSecond, double? EtaSeconds, bool Verified);
