using System.Text.Json;
using System.Text.Json.Serialization;

namespace ModelPlatform.Client.Connection;

/// <summary>The answer of an action that has nothing to report but that it was done.</summary>
public sealed record Acknowledgement
{
    internal static readonly Acknowledgement Empty = new();

    /// <summary>What the platform says about it, where it says anything.</summary>
    public string? Message { get; init; }

    /// <summary>Members that came besides.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Details { get; set; }
}
