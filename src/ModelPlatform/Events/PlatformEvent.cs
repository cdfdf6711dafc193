using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace ModelPlatform.Events;

/// <summary>Something that happened, as listeners and history see it.</summary>
/// <param name="Type">One of <see cref="EventTypes"/>, or a plugin's own word.</param>
/// <param name="Time">When, UTC.</param>
public sealed record PlatformEvent(string Type, [property: JsonConverter(typeof(UtcTimeJsonConverter))] DateTimeOffset Time)
{
    /// <summary>Rises by one with each event of the history. Null for what is only shown live (progress) and cannot be replayed.</summary>
    [JsonPropertyOrder(-1)]
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Id { get; init; }

    /// <summary>The job it belongs to.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? JobId { get; init; }

    /// <summary>The model it is about, <c>name:version</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ModelId { get; init; }

    /// <summary>What else there is to know. Never holds a token.</summary>
    public JsonObject Data { get; init; } = [];
}
