using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using ModelPlatform.Client.Runtimes;

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

    /// <summary>Of a downloaded model: available, or ready to be loaded.</summary>
    public string? Phase { get; init; }

    /// <summary>What may be asked for now: load, unload, reload, infer, reset …</summary>
    public IReadOnlyList<string> Actions { get; init; } = [];

    /// <summary>The model in memory, where it is loaded.</summary>
    public LoadedInstance? Instance { get; init; }

    /// <summary>How it is loaded and run.</summary>
    public JsonObject? Config { get; init; }

    /// <summary>Why it is in error.</summary>
    public RuntimeFailure? Failure { get; init; }

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

    /// <summary>Models in error.</summary>
    public int ModelsInError { get; init; }

    /// <summary>Of 100: how the models that are loaded, or should be, do on average; null where there are none.</summary>
    public int? HealthScore { get; init; }

    /// <summary>Bytes of all models together.</summary>
    public long LogicalBytes { get; init; }

    /// <summary>The process in which models are loaded; null where it is not running.</summary>
    public ModelHostFigures? ModelHost { get; init; }

    /// <summary>Loaded models.</summary>
    public IReadOnlyList<LoadedFigures> Models { get; init; } = [];

    /// <summary>Members this client has no name for.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? More { get; set; }
}
