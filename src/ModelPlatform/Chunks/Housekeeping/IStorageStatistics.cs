namespace ModelPlatform.Chunks.Housekeeping;

/// <summary>How much is stored.</summary>
public interface IStorageStatistics
{
    /// <summary>Counts what is in the store and what the manifests name.</summary>
    Task<StorageUsage> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>How much is stored, and how much sharing and compression save.</summary>
/// <param name="ChunkCount">Chunks in the store.</param>
/// <param name="StoredBytes">Bytes they take.</param>
/// <param name="LogicalBytes">Bytes of all artifacts of all models, shared chunks counted each time.</param>
/// <param name="DedupeRatio">Logical bytes over the plain bytes of the distinct chunks named; 1 where nothing is shared, 0 where there is no model.</param>
/// <param name="Quarantined">Chunks taken out of reading.</param>
public sealed record StorageUsage(long ChunkCount, long StoredBytes, long LogicalBytes, double DedupeRatio, int Quarantined)
{
    /// <summary>Bytes of each model that no other model shares, by id.</summary>
    public IReadOnlyDictionary<string, long> UniqueBytes { get; init; } = new Dictionary<string, long>();
}
