namespace ModelPlatform.Chunks.Housekeeping;

/// <summary>Removes chunks that nothing refers to.</summary>
public interface IGarbageCollector
{
    /// <summary>Collects unreferenced chunks older than <c>Chunks:GracePeriod</c>.</summary>
    /// <param name="dryRun">Only counts them.</param>
    /// <param name="cancellationToken">Stops; what is deleted by then stays deleted.</param>
    /// <exception cref="Sources.PlatformException">A manifest or the store cannot be read: nothing is deleted then.</exception>
    Task<GarbageReport> CollectAsync(bool dryRun, CancellationToken cancellationToken);
}

/// <summary>What a collection removed, or would.</summary>
/// <param name="DryRun">Nothing was removed.</param>
/// <param name="DeletedChunks">How many.</param>
/// <param name="FreedBytes">Bytes they took in the store.</param>
public sealed record GarbageReport(bool DryRun, int DeletedChunks, long FreedBytes)
{
    /// <summary>Chunks that nothing refers to but that are not to be collected yet: younger than <c>Chunks:GracePeriod</c>, or the references have not been known for so long.</summary>
    public int PendingChunks { get; init; }

    /// <summary>Bytes they take in the store.</summary>
    public long PendingBytes { get; init; }

    /// <summary>When all of those may be collected, if nothing refers to them by then; null where there are none.</summary>
    public DateTimeOffset? PendingUntil { get; init; }
}
