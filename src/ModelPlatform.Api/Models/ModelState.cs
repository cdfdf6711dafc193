using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using ModelPlatform.Registry;
using ModelPlatform.Runtimes;

namespace ModelPlatform.Api.Models;

/// <summary>Where a model stands, as <c>/v1/models</c> shows it.</summary>
internal sealed record ModelState
{
    public const string NotDownloaded = "not_downloaded";
    public const string Downloading = "downloading";
    public const string Downloaded = "downloaded";
    public const string Error = "error";

    public required string Id { get; init; }

    public required string ModelName { get; init; }

    public required string ModelVersion { get; init; }

    /// <summary>not_downloaded, downloading, downloaded, loading, loaded or error.</summary>
    public required string Status { get; init; }

    /// <summary>Of a downloaded model: available, or ready where a runtime here can load it and there is room.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Phase { get; init; }

    /// <summary>What may be asked for now.</summary>
    public IReadOnlyList<string> Actions => ModelLifecycle.ActionsOf(Lifecycle);

    /// <summary>healthy, degraded, unhealthy or unknown.</summary>
    public string Health { get; init; } = "unknown";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ModelType { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? RepoId { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Description { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? TotalSizeEstimate { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? FileCountEstimate { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Size { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Stage { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Tags { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Aliases { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Pinned { get; init; }

    /// <summary>The model it derives from.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ParentLineage { get; init; }

    public bool Registered { get; init; }

    /// <summary>The loaded model.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RuntimeInstance? Instance { get; init; }

    /// <summary>How it is loaded and run.</summary>
    public JsonObject Config { get; init; } = [];

    /// <summary>Why it is in error, or why nothing is known of it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RuntimeFailure? Failure { get; init; }

    /// <summary>Whether its bytes are here.</summary>
    [JsonIgnore]
    public bool IsHere { get; init; }

    /// <summary>The framework, for choosing a runtime.</summary>
    [JsonIgnore]
    public string? Framework { get; init; }

    /// <summary>Bytes of memory it needs.</summary>
    [JsonIgnore]
    public long MemoryRequirement { get; init; }

    /// <summary>The status as a word of the machine.</summary>
    [JsonIgnore]
    public ModelStatus Lifecycle => Status switch
    {
        NotDownloaded => ModelStatus.NotDownloaded,
        Downloading => ModelStatus.Downloading,
        Downloaded => ModelStatus.Downloaded,
        "loading" => ModelStatus.Loading,
        "loaded" => ModelStatus.Loaded,
        _ => ModelStatus.Error,
    };

    public static ModelState Unknown(ModelId id) => new() { Id = id.ToString(), ModelName = id.Name, ModelVersion = id.Version, Status = NotDownloaded };

    public static ModelState OfRegistration(ModelId id, ModelRegistration registration) => Unknown(id) with
    {
        ModelType = registration.ModelType,
        RepoId = registration.RepoId,
        Description = registration.Description,
        TotalSizeEstimate = registration.TotalSizeEstimate,
        FileCountEstimate = registration.FileCountEstimate,
        Registered = true,
    };

    /// <summary>Without its chunks a model is not downloaded, or being downloaded again.</summary>
    private string Absent => Status is Downloading or Error ? Status : NotDownloaded;

    public ModelState Published(CatalogRow row) =>
        this with
        {
            Status = row.IsEvicted ? Absent : Downloaded,
            IsHere = !row.IsEvicted,
            Framework = row.Framework,
            MemoryRequirement = row.MemoryRequirement,
            ModelType = row.Type ?? ModelType,
            Size = row.Size,
            Stage = row.Stage,
            Tags = row.Tags,
        };

    public ModelState Published(ModelEntry entry, IReadOnlyList<string> aliases) => this with
    {
        Status = entry.Card.IsEvicted ? Absent : Downloaded,
        IsHere = !entry.Card.IsEvicted,
        Framework = entry.Manifest.Model.Framework,
        MemoryRequirement = entry.Manifest.Model.MemoryRequirement,
        ModelType = entry.Manifest.Model.Type ?? ModelType,
        Size = entry.Size,
        Stage = entry.Card.Stage,
        Tags = entry.Card.Tags,
        Aliases = aliases,
        Pinned = entry.Card.IsPinned,
        ParentLineage = entry.Manifest.Provenance?.ParentLineage,
    };

    /// <summary>Lays over it what the model host knows.</summary>
    public ModelState With(RuntimeRecord? record, HostReport? host)
    {
        var known = this with { Config = record?.Configuration ?? Config, ModelType = ModelType is null or "other" ? record?.ModelType ?? ModelType : ModelType };
        return !IsHere || Status != Downloaded ? known
            : record is null || record.Status is ModelStatus.Downloaded ? known with { Phase = IsReady(host) ? "ready" : "available" }
            : known with
            {
                Status = ModelLifecycle.Word(record.Status),
                Health = host is null ? "unknown" : record.Health.ToString().ToLowerInvariant(),
                Instance = record.Instance,
                Failure = record.Failure ?? (host is null ? new RuntimeFailure("CONNECTION_FAILED", "The model host is not running; the model is loaded again when it is.", record.ChangedAt) : null),
            };
    }

    private bool IsReady(HostReport? host) =>
        host is not null && MemoryRequirement <= host.AvailableBytes && host.Runtimes.Any(runtime => runtime.Frameworks.Contains(Framework, StringComparer.OrdinalIgnoreCase));
}
