namespace ModelPlatform.Client.Storage;

/// <summary>How much is stored.</summary>
public sealed record StorageUsage
{
    /// <summary>Chunks.</summary>
    public long ChunkCount { get; init; }

    /// <summary>Bytes they take.</summary>
    public long StoredBytes { get; init; }

    /// <summary>Bytes of all models, shared chunks counted each time.</summary>
    public long LogicalBytes { get; init; }

    /// <summary>Logical over stored.</summary>
    public double DedupeRatio { get; init; }

    /// <summary>Chunks set aside because their hash no longer matches.</summary>
    public long Quarantined { get; init; }
}

/// <summary>What a garbage collection removed, or would.</summary>
/// <param name="DryRun">Nothing was removed.</param>
/// <param name="DeletedChunks">How many.</param>
/// <param name="FreedBytes">Bytes.</param>
public sealed record GarbageCollection(bool DryRun, long DeletedChunks, long FreedBytes)
{
    /// <summary>Chunks nothing refers to that are too young to be collected.</summary>
    public long PendingChunks { get; init; }

    /// <summary>Bytes they take.</summary>
    public long PendingBytes { get; init; }

    /// <summary>When all of those may be collected; null where there are none.</summary>
    public DateTimeOffset? PendingUntil { get; init; }
}

/// <summary>What a verification found.</summary>
public sealed record StorageVerification
{
    /// <summary>Chunks looked at.</summary>
    public long Checked { get; init; }

    /// <summary>Those that are wrong.</summary>
    public IReadOnlyList<BadChunk> Bad { get; init; } = [];
}

/// <summary>A chunk that is wrong.</summary>
/// <param name="Chunk">Its name, SHA-256.</param>
/// <param name="Reason">What is wrong.</param>
/// <param name="Healed">It was fetched again.</param>
public sealed record BadChunk(string Chunk, string? Reason, bool Healed);
