using System.Text.Json.Serialization;

namespace ModelPlatform.Runtimes;

/// <summary>What one look at a loaded model showed.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ProbeOutcome>))]
public enum ProbeOutcome
{
    /// <summary>Right and in time.</summary>
    [JsonStringEnumMemberName("good")] Good,

    /// <summary>Slow, or inferences failed now and then.</summary>
    [JsonStringEnumMemberName("impaired")] Impaired,

    /// <summary>It failed, or took far too long.</summary>
    [JsonStringEnumMemberName("failed")] Failed,
}
