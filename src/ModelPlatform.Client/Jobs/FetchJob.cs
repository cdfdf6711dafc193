using System.Text.Json.Nodes;

namespace ModelPlatform.Client.Jobs;

/// <summary>A fetch, from the request to the published model.</summary>
public sealed record FetchJob
{
    /// <summary>Names the job.</summary>
    public string Id { get; init; } = "";

    /// <summary>Source name.</summary>
    public string Source { get; init; } = "";

    /// <summary>The model's name there.</summary>
    public string SourceReference { get; init; } = "";

    /// <summary>The pinned revision.</summary>
    public string? Revision { get; init; }

    /// <summary>Variant.</summary>
    public string? Variant { get; init; }

    /// <summary>The name it gets here.</summary>
    public string ModelName { get; init; } = "";

    /// <summary>The version it gets here.</summary>
    public string ModelVersion { get; init; } = "";

    /// <summary>Framework.</summary>
    public string? Framework { get; init; }

    /// <summary>Stage.</summary>
    public string? Stage { get; init; }

    /// <summary>high, normal or low.</summary>
    public string? Priority { get; init; }

    /// <summary>Where it stands.</summary>
    public JobStatus Status { get; init; }

    /// <summary>Percent, 0 to 100.</summary>
    public int Progress { get; init; }

    /// <summary>Bytes that are here.</summary>
    public long DownloadedBytes { get; init; }

    /// <summary>Bytes in all; null or 0 while not known.</summary>
    public long? TotalBytes { get; init; }

    /// <summary>Bytes a second, lately.</summary>
    public double? BytesPerSecond { get; init; }

    /// <summary>Seconds to the end at that speed.</summary>
    public double? EtaSeconds { get; init; }

    /// <summary>Chunks verified.</summary>
    public int ChunksVerified { get; init; }

    /// <summary>Of these, chunks that needed no download.</summary>
    public int ChunksReused { get; init; }

    /// <summary>Chunks in all; null while not known.</summary>
    public int? TotalChunks { get; init; }

    /// <summary>The file being downloaded.</summary>
    public string? CurrentFile { get; init; }

    /// <summary>Retries so far.</summary>
    public int RetryCount { get; init; }

    /// <summary>Retries allowed.</summary>
    public int MaxRetries { get; init; }

    /// <summary>When the next try starts.</summary>
    public DateTimeOffset? NextRetryAt { get; init; }

    /// <summary>When it may start at the earliest.</summary>
    public DateTimeOffset? ScheduledAt { get; init; }

    /// <summary>What the last failure said.</summary>
    public string? LastError { get; init; }

    /// <summary>Its code.</summary>
    public string? ErrorCode { get; init; }

    /// <summary>Whether a retry may help.</summary>
    public bool? Retryable { get; init; }

    /// <summary>What was tried.</summary>
    public IReadOnlyList<FetchAttempt>? Attempts { get; init; }

    /// <summary>The source's metadata.</summary>
    public JsonObject? InferredMetadata { get; init; }

    /// <summary>The caller's metadata.</summary>
    public JsonObject? UserMetadata { get; init; }

    /// <summary>Told when the job ends.</summary>
    public string? WebhookUrl { get; init; }

    /// <summary>When it was asked for.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>When it was first taken.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>The model it made.</summary>
    public string? ResultModelId { get; init; }

    /// <summary><c>name:version</c> it is about.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string ModelId => $"{ModelName}:{ModelVersion}";
}

/// <summary>One try at one source.</summary>
/// <param name="Source">Which source.</param>
/// <param name="StartedAt">From when.</param>
/// <param name="EndedAt">Until when; null while it runs.</param>
/// <param name="ErrorCode">Why it ended; null for a success.</param>
public sealed record FetchAttempt(string? Source, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, string? ErrorCode);

/// <summary>A list of jobs.</summary>
public sealed record FetchJobList
{
    /// <summary>Newest first.</summary>
    public IReadOnlyList<FetchJob> Jobs { get; init; } = [];

    /// <summary>How many are listed.</summary>
    public int Count { get; init; }
}
