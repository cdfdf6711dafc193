using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace ModelPlatform.Client.Runtimes;

/// <summary>How a model is to be loaded, and where it is to come from if it is not here.</summary>
public sealed record ModelLoad
{
    /// <summary>runtime, artifact, threads, executionProviders, forceCpu, threshold, batchSize, and a runtime's own members. A null takes a member away.</summary>
    public JsonObject? Config { get; init; }

    /// <summary>Answer at once and load behind the scenes.</summary>
    public bool? Preload { get; init; }

    /// <summary>The source, where the model is not here.</summary>
    public string? Source { get; init; }

    /// <summary>The model's name there.</summary>
    public string? SourceReference { get; init; }

    /// <summary>The variant wanted.</summary>
    public string? Variant { get; init; }

    /// <summary>The revision wanted.</summary>
    public string? Revision { get; init; }
}

/// <summary>Where a load led: the model is loaded, or will be.</summary>
public sealed record ModelLoadState
{
    /// <summary><c>name:version</c>.</summary>
    public string Id { get; init; } = "";

    /// <summary>loaded; or loading or downloading, where it goes on behind the scenes.</summary>
    public string Status { get; init; } = "";

    /// <summary>healthy, degraded, unhealthy or unknown.</summary>
    public string? Health { get; init; }

    /// <summary>The job that downloads it.</summary>
    public string? JobId { get; init; }

    /// <summary>A sentence.</summary>
    public string? Message { get; init; }

    /// <summary>The model in memory.</summary>
    public LoadedInstance? Instance { get; init; }

    /// <summary>Members this client has no name for.</summary>
    [JsonExtensionData]
    public Dictionary<string, System.Text.Json.JsonElement>? More { get; set; }
}
