using System.Text.Json.Serialization;

namespace ModelPlatform.Jobs;

/// <summary>Which of the three queues a job waits in. A job server takes from a lower one only while the higher ones are empty.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FetchPriority>))]
public enum FetchPriority
{
    /// <summary>What nobody said otherwise.</summary>
    [JsonStringEnumMemberName("normal")] Normal,

    /// <summary>Somebody waits for it.</summary>
    [JsonStringEnumMemberName("high")] High,

    /// <summary>When nothing else is to do.</summary>
    [JsonStringEnumMemberName("low")] Low,
}
