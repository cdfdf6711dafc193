namespace ModelPlatform.Chunks;

/// <summary>Section <c>Chunks</c>.</summary>
public sealed class ChunkStoreOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Chunks";

    /// <summary>Where chunks, manifests and documents are kept.</summary>
    public StoreKind Store { get; set; } = StoreKind.Azure;

    /// <summary>Bytes the chunk store may take; 0 is unlimited. Beyond it models are evicted, and where none can be, fetches end with DISK_FULL.</summary>
    public long MaxBytes { get; set; }

    /// <summary>How old, by the store's clock, an unreferenced chunk must be before it is collected.</summary>
    public TimeSpan GracePeriod { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Bytes in each chunk but the last, for models fetched from now on.</summary>
    public int ChunkSize { get; set; } = 5 * 1024 * 1024;

    /// <summary>How chunks are compressed in the store. Kept only where it saves at least a tenth; a chunk's identity is always that of its plain bytes.</summary>
    public ChunkCompression Compression { get; set; } = ChunkCompression.None;

    /// <summary>Bytes a second that verification of the whole store may read.</summary>
    public long ScrubBytesPerSecond { get; set; } = 200 * 1024 * 1024;
}

/// <summary>The media there are.</summary>
public enum StoreKind
{
    /// <summary>Azure Blob Storage, or its emulator.</summary>
    Azure,

    /// <summary>Files below the data directory.</summary>
    FileSystem,

    /// <summary>The process's own memory: for tests.</summary>
    Memory,
}

/// <summary>Compression of stored chunks.</summary>
public enum ChunkCompression
{
    /// <summary>As they are.</summary>
    None,

    /// <summary>Brotli: smaller.</summary>
    Brotli,

    /// <summary>zlib: quicker.</summary>
    Zlib,
}
