using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using ModelPlatform.Events;

namespace ModelPlatform.Jobs;

/// <summary>A fetch job as the API shows it.</summary>
public sealed record FetchJob
{
    /// <summary>Identity, a UUID.</summary>
    public required string Id { get; init; }

    /// <summary>The same, for readers that look here.</summary>
    public string JobId => Id;

    /// <summary>Name of the source.</summary>
    public required string Source { get; init; }

    /// <summary>The model's name there.</summary>
    public required string SourceReference { get; init; }

    /// <summary>The variant asked for.</summary>
    public string? Variant { get; init; }

    /// <summary>The revision asked for, and once it is known the one everything is pinned to.</summary>
    public string? Revision { get; init; }

    /// <summary>Name of the model here.</summary>
    public required string ModelName { get; init; }

    /// <summary>Version of the model here.</summary>
    public required string ModelVersion { get; init; }

    /// <summary><c>name:version</c>.</summary>
    public required string ModelId { get; init; }

    /// <summary>Named by the caller, or detected.</summary>
    public string? Framework { get; init; }

    /// <summary>development, staging or production.</summary>
    public required string Stage { get; init; }

    /// <summary>Which queue.</summary>
    public FetchPriority Priority { get; init; }

    /// <summary>Where it stands.</summary>
    public FetchStatus Status { get; init; }

    /// <summary>Percent, derived from the bytes; 100 only once the model is published.</summary>
    public int Progress { get; init; }

    /// <summary>Verified bytes, reused ones included. Never falls.</summary>
    public long DownloadedBytes { get; init; }

    /// <summary>Bytes of all files; null while not known.</summary>
    public long? TotalBytes { get; init; }

    /// <summary>Speed over the last seconds.</summary>
    public long BytesPerSecond { get; init; }

    /// <summary>Seconds to go at that speed; null where not known.</summary>
    public long? EtaSeconds { get; init; }

    /// <summary>Chunks verified, reused ones included.</summary>
    public int ChunksVerified { get; init; }

    /// <summary>How many chunks each source gave; of the source <c>peer</c>, each site.</summary>
    public IReadOnlyDictionary<string, int> ChunkProviders { get; init; } = new Dictionary<string, int>();

    /// <summary>Chunks that were in the store already and were not downloaded.</summary>
    public int ChunksReused { get; init; }

    /// <summary>Chunks of all files; null while not known.</summary>
    public int? TotalChunks { get; init; }

    /// <summary>The file a chunk was last verified of.</summary>
    public string? CurrentFile { get; init; }

    /// <summary>Retries since there was last progress.</summary>
    public int RetryCount { get; init; }

    /// <summary>How many there may be.</summary>
    public int MaxRetries { get; init; }

    /// <summary>When the next try begins; null where none waits.</summary>
    [JsonConverter(typeof(UtcTimeJsonConverter))]
    public DateTimeOffset? NextRetryAt { get; init; }

    /// <summary>What failed last.</summary>
    public string? LastError { get; init; }

    /// <summary>Its code.</summary>
    public string? ErrorCode { get; init; }

    /// <summary>Whether a later try may succeed; null without an error.</summary>
    public bool? Retryable { get; init; }

    /// <summary>What was tried, oldest first, the last 50.</summary>
    public IReadOnlyList<FetchAttempt> Attempts { get; init; } = [];

    /// <summary>What the source says of the model.</summary>
    public JsonObject? InferredMetadata { get; init; }

    /// <summary>What the caller said of it.</summary>
    public JsonObject? UserMetadata { get; init; }

    /// <summary>Who is told of the end.</summary>
    public string? WebhookUrl { get; init; }

    /// <summary>Not before this time.</summary>
    [JsonConverter(typeof(UtcTimeJsonConverter))]
    public DateTimeOffset? ScheduledAt { get; init; }

    /// <summary>Whether new revisions are followed.</summary>
    public bool Track { get; init; }

    /// <summary>Other places the bytes may come from.</summary>
    public IReadOnlyList<FetchFallback> Fallbacks { get; init; } = [];

    /// <summary>When it was accepted, UTC.</summary>
    [JsonConverter(typeof(UtcTimeJsonConverter))]
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When a job server first took it, UTC.</summary>
    [JsonConverter(typeof(UtcTimeJsonConverter))]
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended, UTC.</summary>
    [JsonConverter(typeof(UtcTimeJsonConverter))]
    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary><c>name:version</c> of the published model.</summary>
    public string? ResultModelId { get; init; }
}

/// <summary>One try with one source.</summary>
/// <param name="Source">The source.</param>
/// <param name="StartedAt">When it began, UTC.</param>
/// <param name="EndedAt">When it ended; null while it lasts.</param>
/// <param name="ErrorCode">Why it ended; null where it succeeded or was interrupted.</param>
public sealed record FetchAttempt(
    string Source,
    [property: JsonConverter(typeof(UtcTimeJsonConverter))] DateTimeOffset StartedAt,
    [property: JsonConverter(typeof(UtcTimeJsonConverter))] DateTimeOffset? EndedAt,
    string? ErrorCode);
