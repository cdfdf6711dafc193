namespace ModelPlatform.Fetching;

/// <summary>Section <c>Fetch</c>, and <c>MODEL_FETCH_MAX_FILE_SIZE</c>.</summary>
public sealed class FetchOptions
{
    internal const string Cache = "cache";
    internal const string Bucket = "gcs";
    internal const string Ipfs = "ipfs";
    internal const string Peers = "p2p";

    /// <summary>The section's name.</summary>
    public const string Section = "Fetch";

    /// <summary>The name that clients of the seed know for <see cref="MaxFileSize"/>.</summary>
    public const string MaxFileSizeSetting = "MODEL_FETCH_MAX_FILE_SIZE";

    /// <summary>Bytes that all fetches of this process may take together. A fifth is left for what connections and stores hold; the rest is chunk buffers.</summary>
    public long MemoryBudget { get; set; } = 160 * 1024 * 1024;

    /// <summary>How long nothing may arrive before a source counts as dead. Metadata may take five times as long altogether.</summary>
    public TimeSpan NoProgressTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Bytes a second that a connection must reach over half a minute (or half the no-progress timeout, where that is shorter).</summary>
    public int MinimumBytesPerSecond { get; set; } = 1024;

    /// <summary>Most connections to one source in one fetch.</summary>
    public int Connections { get; set; } = 8;

    /// <summary>Files of one model fetched at once.</summary>
    public int FilesAtOnce { get; set; } = 4;

    /// <summary>Largest file in bytes; 0 is unlimited.</summary>
    public long MaxFileSize { get; set; } = 5L * 1024 * 1024 * 1024;

    /// <summary>
    /// Where a file is looked for whose manifest is known: <c>cache</c> (the own chunk store, always first), <c>gcs</c> and <c>ipfs</c> of the manifest's distribution, <c>p2p</c>
    /// (the sites). Places left out are not asked; the distribution's fallback URLs follow. Default: cache, gcs, ipfs, p2p.
    /// </summary>
    public IReadOnlyList<string> SourceOrder { get; set; } = [];

    /// <summary>Origins that callers' URLs may reach although their addresses are private. Read by the outgoing HTTP.</summary>
    public IList<string> AllowedOrigins { get; } = [];

    // A default in the list itself would have the configuration's entries added to it.
    internal IReadOnlyList<string> Order => SourceOrder.Count > 0 ? SourceOrder : [Cache, Bucket, Ipfs, Peers];

    internal long BufferBytes => MemoryBudget - (MemoryBudget / 5);

    internal TimeSpan RateWindow => TimeSpan.FromTicks(Math.Min(TimeSpan.FromSeconds(30).Ticks, NoProgressTimeout.Ticks / 2));
}
