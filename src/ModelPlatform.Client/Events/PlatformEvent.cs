using System.Text.Json;

namespace ModelPlatform.Client.Events;

/// <summary>Something that happened.</summary>
public sealed record PlatformEvent
{
    /// <summary>Rises by one with each event of the history; null for what is only shown live, such as progress.</summary>
    public long? Id { get; init; }

    /// <summary>What kind, for example <c>download_progress</c>.</summary>
    public string Type { get; init; } = "";

    /// <summary>When.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>The job it is about.</summary>
    public string? JobId { get; init; }

    /// <summary>The model it is about.</summary>
    public string? ModelId { get; init; }

    /// <summary>What else there is to say.</summary>
    public JsonElement? Data { get; init; }
}
