using System.Text.Json.Serialization;
using ModelPlatform.Registry;

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

    /// <summary>not_downloaded, downloading, downloaded or error.</summary>
    public required string Status { get; init; }

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
        this with { Status = row.IsEvicted ? Absent : Downloaded, ModelType = row.Type ?? ModelType, Size = row.Size, Stage = row.Stage, Tags = row.Tags };

    public ModelState Published(ModelEntry entry, IReadOnlyList<string> aliases) => this with
    {
        Status = entry.Card.IsEvicted ? Absent : Downloaded,
        ModelType = entry.Manifest.Model.Type ?? ModelType,
        Size = entry.Size,
        Stage = entry.Card.Stage,
        Tags = entry.Card.Tags,
        Aliases = aliases,
        Pinned = entry.Card.IsPinned,
        ParentLineage = entry.Manifest.Provenance?.ParentLineage,
    };
}
