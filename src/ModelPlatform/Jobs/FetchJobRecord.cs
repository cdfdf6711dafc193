using System.Text.Json;
using System.Text.Json.Nodes;
using StackExchange.Redis;
using Field = ModelPlatform.Jobs.FetchJobFields;

namespace ModelPlatform.Jobs;

/// <summary>A job as it was read from Redis: what people see of it, and what guards its writes.</summary>
internal sealed record FetchJobRecord(FetchJob Job, FetchJobRequest Request, long Fence, string? HangfireId, int Takeovers)
{
    public string Id => Job.Id;

    public FetchStatus Status => Job.Status;

    /// <summary>W3C trace context of the request that made the job.</summary>
    public string? TraceParent { get; init; }

    public static FetchJobRecord? Read(string id, HashEntry[] entries)
    {
        if (entries.Length == 0)
        {
            return null;
        }

        var fields = entries.ToDictionary(entry => (string)entry.Name!, entry => entry.Value, StringComparer.Ordinal);
        RedisValue Get(string name) => fields.GetValueOrDefault(name, RedisValue.Null);
        long Number(string name) => Get(name) is { IsNullOrEmpty: false } value ? (long)value : 0;
        long? Maybe(string name) => Get(name) is { IsNullOrEmpty: false } value ? (long)value : null;
        string? Text(string name) => Get(name) is { IsNullOrEmpty: false } value ? (string?)value : null;
        DateTimeOffset? Time(string name) => Maybe(name) is { } milliseconds ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null;

        var request = JsonSerializer.Deserialize(((ReadOnlyMemory<byte>)Get(Field.Request)).Span, JobsJson.Default.FetchJobRequest)!;
        var status = FetchStatusWords.Parse((string)Get(Field.Status)!);
        var (downloaded, total) = (Number(Field.DownloadedBytes), Maybe(Field.TotalBytes));
        var code = Text(Field.ErrorCode);
        var isDownloading = status == FetchStatus.Downloading;
        var job = new FetchJob
        {
            Id = id,
            Source = request.Source,
            SourceReference = request.SourceReference,
            Variant = request.Variant,
            Revision = Text(Field.Revision) ?? request.Revision,
            ModelName = request.Model.Name,
            ModelVersion = request.Model.Version,
            ModelId = request.Model.ToString(),
            Framework = Text(Field.Framework) ?? request.Framework,
            Stage = request.Stage,
            Priority = request.Priority,
            Status = status,
            Progress = Percent(status, downloaded, total),
            DownloadedBytes = downloaded,
            TotalBytes = total,
            BytesPerSecond = isDownloading ? Number(Field.BytesPerSecond) : 0,
            EtaSeconds = isDownloading ? Maybe(Field.EtaSeconds) : null,
            ChunksVerified = (int)Number(Field.ChunksVerified),
            ChunkProviders = Get(Field.ChunkProviders) is { IsNullOrEmpty: false } providers ? Json(providers, JobsJson.Default.DictionaryStringInt32)! : [],
            ChunksReused = (int)Number(Field.ChunksReused),
            TotalChunks = (int?)Maybe(Field.TotalChunks),
            CurrentFile = isDownloading ? Text(Field.CurrentFile) : null,
            RetryCount = (int)Number(Field.RetryCount),
            MaxRetries = (int)Number(Field.MaxRetries),
            NextRetryAt = status == FetchStatus.Queued ? Time(Field.NextRetryAt) : null,
            LastError = Text(Field.LastError),
            ErrorCode = code,
            Retryable = Sources.ErrorCodes.TryParse(code, out var parsed) ? Sources.ErrorCodes.IsRetryable(parsed) : null,
            Attempts = Get(Field.Attempts) is { IsNullOrEmpty: false } attempts ? Json(attempts, JobsJson.Default.ListFetchAttempt)! : [],
            InferredMetadata = Get(Field.Metadata) is { IsNullOrEmpty: false } metadata ? Json(metadata, JobsJson.Default.JsonObject) : null,
            UserMetadata = (JsonObject)request.Metadata.DeepClone(),
            WebhookUrl = request.WebhookUrl,
            ScheduledAt = request.ScheduledAt,
            Track = request.Track,
            Fallbacks = request.Fallbacks,
            CreatedAt = Time(Field.CreatedAt)!.Value,
            StartedAt = Time(Field.StartedAt),
            CompletedAt = Time(Field.CompletedAt),
            ResultModelId = Text(Field.ResultModelId),
        };
        return new FetchJobRecord(job, request, Number(Field.Fence), Text(Field.HangfireId), (int)Number(Field.Takeovers)) { TraceParent = Text(Field.TraceParent) };
    }

    /// <summary>The record as it is after a move that this process just made.</summary>
    public FetchJobRecord As(FetchStatus status, long fence) => this with { Job = Job with { Status = status }, Fence = fence };

    /// <summary>When it may be taken.</summary>
    public DateTimeOffset DueAt => Job.NextRetryAt ?? Request.ScheduledAt ?? Job.CreatedAt;

    /// <summary>Its attempts with the running one ended.</summary>
    public HashEntry EndAttempt(DateTimeOffset now, string? errorCode = null) =>
        Write([.. Job.Attempts.Select(attempt => attempt.EndedAt is null ? attempt with { EndedAt = now, ErrorCode = errorCode } : attempt)]);

    public static HashEntry Write(List<FetchAttempt> attempts) =>
        new(Field.Attempts, JsonSerializer.SerializeToUtf8Bytes(attempts.Count > 50 ? attempts[^50..] : attempts, JobsJson.Default.ListFetchAttempt));

    private static int Percent(FetchStatus status, long downloaded, long? total) =>
        status == FetchStatus.Completed ? 100 : total > 0 ? (int)Math.Min(99, downloaded * 100.0 / total.Value) : 0;

    private static T? Json<T>(RedisValue value, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) => JsonSerializer.Deserialize(((ReadOnlyMemory<byte>)value).Span, type);
}
