using System.Text.Json;
using System.Text.Json.Serialization;

namespace ModelPlatform.Client.Jobs;

/// <summary>Where a job stands.</summary>
[JsonConverter(typeof(JobStatusConverter))]
public enum JobStatus
{
    /// <summary>A word this client does not know: the platform is newer.</summary>
    Unknown = 0,

    /// <summary>Waits for a job server, or for the time of its next try.</summary>
    Queued,

    /// <summary>Bytes are arriving.</summary>
    Downloading,

    /// <summary>Everything is here; the manifest is being published.</summary>
    Processing,

    /// <summary>The model is published.</summary>
    Completed,

    /// <summary>Stopped by a person.</summary>
    Paused,

    /// <summary>Ended with an error.</summary>
    Failed,

    /// <summary>Ended by a person.</summary>
    Cancelled,
}

/// <summary>The words of <see cref="JobStatus"/> on the wire.</summary>
public static class JobStatusWords
{
    /// <summary>Its word.</summary>
    public static string Of(JobStatus status) => status switch
    {
        JobStatus.Queued => "queued",
        JobStatus.Downloading => "downloading",
        JobStatus.Processing => "processing",
        JobStatus.Completed => "completed",
        JobStatus.Paused => "paused",
        JobStatus.Failed => "failed",
        JobStatus.Cancelled => "cancelled",
        _ => "unknown",
    };

    /// <summary>Reads a word; <see cref="JobStatus.Unknown"/> for one that is not known.</summary>
    public static JobStatus Parse(string? word) => word switch
    {
        "queued" => JobStatus.Queued,
        "downloading" => JobStatus.Downloading,
        "processing" => JobStatus.Processing,
        "completed" => JobStatus.Completed,
        "paused" => JobStatus.Paused,
        "failed" => JobStatus.Failed,
        "cancelled" => JobStatus.Cancelled,
        _ => JobStatus.Unknown,
    };

    /// <summary>Whether a job in this state will never move by itself again.</summary>
    public static bool IsFinal(this JobStatus status) => status is JobStatus.Completed or JobStatus.Failed or JobStatus.Cancelled;

    /// <summary>Whether it occupies a job server.</summary>
    public static bool IsRunning(this JobStatus status) => status is JobStatus.Downloading or JobStatus.Processing;
}

/// <summary>Reads and writes <see cref="JobStatus"/> by its word; a word it does not know becomes <see cref="JobStatus.Unknown"/>.</summary>
public sealed class JobStatusConverter : JsonConverter<JobStatus>
{
    /// <inheritdoc/>
    public override JobStatus Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return JobStatusWords.Parse(reader.GetString());
        }

        reader.Skip();
        return JobStatus.Unknown;
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, JobStatus value, JsonSerializerOptions options) => writer.WriteStringValue(JobStatusWords.Of(value));
}
