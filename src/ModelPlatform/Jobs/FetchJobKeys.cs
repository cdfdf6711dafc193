using StackExchange.Redis;

namespace ModelPlatform.Jobs;

/// <summary>What a job looks like in Redis. One hash a job, its fields written separately, so that progress never overwrites state.</summary>
internal static class FetchJobKeys
{
    /// <summary>Job ids by time of acceptance.</summary>
    public const string All = "mp:jobs";

    /// <summary>Queued job ids by the time (ms) at which somebody should look whether Hangfire still has them.</summary>
    public const string Queued = "mp:jobs:queued";

    public static RedisKey Job(string id) => $"mp:job:{id}";

    /// <summary>Exists while a runner lives: value its name, short time to live.</summary>
    public static RedisKey Lease(string id) => $"mp:job:{id}:lease";

    public static RedisKey Plan(string id) => $"mp:job:{id}:plan";

    /// <summary>The file indexes for which the journal has chunks.</summary>
    public static RedisKey JournalFiles(string id) => $"mp:job:{id}:files";

    public static RedisKey JournalChunks(string id, int file) => $"mp:job:{id}:chunks:{file}";

    public static RedisKey OfStatus(FetchStatus status) => $"mp:jobs:status:{status.Word()}";

    public static RedisKey OfModel(string modelName) => $"mp:jobs:model:{modelName}";

    /// <summary>The one job that may write a model. The case of names does not tell them apart.</summary>
    public static RedisKey Active(string modelId) => $"mp:jobs:active:{modelId.ToLowerInvariant()}";
}

/// <summary>Names of the fields of a job's hash.</summary>
internal static class FetchJobFields
{
    public const string Request = "request";
    public const string CreatedAt = "createdAt";

    /// <summary>W3C trace context of the request that made the job.</summary>
    public const string TraceParent = "traceparent";
    public const string Status = "status";

    /// <summary>Rises each time the ownership of the job changes. Whoever writes names the value under which it got the job.</summary>
    public const string Fence = "fence";
    public const string HangfireId = "hangfireId";
    public const string Takeovers = "takeovers";
    public const string Framework = "framework";
    public const string Revision = "revision";
    public const string Metadata = "inferredMetadata";
    public const string DownloadedBytes = "downloadedBytes";
    public const string TotalBytes = "totalBytes";
    public const string BytesPerSecond = "bytesPerSecond";
    public const string EtaSeconds = "etaSeconds";
    public const string ChunksVerified = "chunksVerified";
    public const string ChunkProviders = "chunkProviders";
    public const string ChunksReused = "chunksReused";
    public const string TotalChunks = "totalChunks";
    public const string CurrentFile = "currentFile";
    public const string RetryCount = "retryCount";
    public const string MaxRetries = "maxRetries";
    public const string NextRetryAt = "nextRetryAt";
    public const string LastError = "lastError";
    public const string ErrorCode = "errorCode";
    public const string Attempts = "attempts";
    public const string StartedAt = "startedAt";
    public const string CompletedAt = "completedAt";
    public const string ResultModelId = "resultModelId";
}

/// <summary>Status words as they stand on the wire and in Redis.</summary>
internal static class FetchStatusWords
{
    private static readonly string[] Words = [.. Enum.GetNames<FetchStatus>().Select(name => name.ToLowerInvariant())];

    public static string Word(this FetchStatus status) => Words[(int)status];

    public static bool IsTerminal(this FetchStatus status) => status is FetchStatus.Completed or FetchStatus.Failed or FetchStatus.Cancelled;

    public static FetchStatus Parse(string word) => (FetchStatus)Array.IndexOf(Words, word);
}
