using System.Text.Json.Serialization;

namespace ModelPlatform.Sites;

/// <summary>How a site is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SiteState>))]
public enum SiteState
{
    /// <summary>Not spoken to yet.</summary>
    [JsonStringEnumMemberName("waiting")]
    Waiting,

    /// <summary>It answers.</summary>
    [JsonStringEnumMemberName("connected")]
    Connected,

    /// <summary>It does not answer.</summary>
    [JsonStringEnumMemberName("unreachable")]
    Unreachable,

    /// <summary>It answers, but what it says is not taken, or it takes nothing.</summary>
    [JsonStringEnumMemberName("refused")]
    Refused,

    /// <summary>Paused by a person.</summary>
    [JsonStringEnumMemberName("paused")]
    Paused,

    /// <summary>Outside its schedule.</summary>
    [JsonStringEnumMemberName("closed")]
    Closed,
}
