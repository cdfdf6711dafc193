using System.Text.Json.Serialization;

namespace ModelPlatform.Jobs;

/// <summary>Where a fetch job stands: <c>queued → downloading → processing → completed</c>; <c>paused</c>; <c>failed</c> and <c>cancelled</c> end it.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FetchStatus>))]
public enum FetchStatus
{
    /// <summary>Waits for a job server, or for the time of its next try.</summary>
    [JsonStringEnumMemberName("queued")] Queued,

    /// <summary>Bytes are arriving.</summary>
    [JsonStringEnumMemberName("downloading")] Downloading,

    /// <summary>Everything is here; the manifest is being made and published.</summary>
    [JsonStringEnumMemberName("processing")] Processing,

    /// <summary>The model is published.</summary>
    [JsonStringEnumMemberName("completed")] Completed,

    /// <summary>Stopped by a person; what is verified stays.</summary>
    [JsonStringEnumMemberName("paused")] Paused,

    /// <summary>Ended with an error.</summary>
    [JsonStringEnumMemberName("failed")] Failed,

    /// <summary>Ended by a person.</summary>
    [JsonStringEnumMemberName("cancelled")] Cancelled,
}
