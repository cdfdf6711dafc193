using System.Text.Json;
using System.Text.Json.Serialization;

namespace ModelPlatform.Client.Models;

/// <summary>Where a model stands now.</summary>
public sealed record ModelState
{
    /// <summary><c>name:version</c>.</summary>
    public string Id { get; init; } = "";

    /// <summary>not_downloaded, downloading, downloaded, loading, loaded or error.</summary>
    public string? Status { get; init; }

    /// <summary>healthy, degraded, unhealthy or unknown.</summary>
    public string? Health { get; init; }

    /// <summary>Members this client has no name for.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? More { get; set; }
}

/// <summary>Counts over all models.</summary>
public sealed record PlatformStatistics
{
    /// <summary>Models known.</summary>
    public int TotalModels { get; init; }

    /// <summary>Models loaded in a runtime.</summary>
    public int LoadedModels { get; init; }

    /// <summary>Fetches running.</summary>
    public int ActiveDownloads { get; init; }

    /// <summary>Members this client has no name for.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? More { get; set; }
}
