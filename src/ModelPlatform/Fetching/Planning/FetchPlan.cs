using System.Text.Json.Serialization;
using ModelPlatform.Integrity;
using ModelPlatform.Sources;

namespace ModelPlatform.Fetching.Planning;

/// <summary>What is fetched, pinned: kept in the journal, so that a resumed fetch takes the same bytes.</summary>
internal sealed record FetchPlan
{
    /// <summary>Digest of the request the plan was made for.</summary>
    public required string Request { get; init; }

    /// <summary>Which of the request's sources was inspected.</summary>
    public required int SourceIndex { get; init; }

    /// <summary>What that source said; of its variants only the chosen one is kept.</summary>
    public required SourceInspection Inspection { get; init; }

    /// <summary>Detected, or named by the caller.</summary>
    public required string Framework { get; init; }

    /// <summary>The files.</summary>
    public required IReadOnlyList<PlannedFile> Files { get; init; }

    /// <summary>Where else the primary file may be had; null where nothing says so.</summary>
    public DistributionSources? Elsewhere { get; init; }

    /// <summary>Which file those are of.</summary>
    public int Primary { get; init; }

    [JsonIgnore]
    public SourceVariant Variant => Inspection.Variants[0];
}

/// <summary>A file, and what must be true of its bytes.</summary>
internal sealed record PlannedFile
{
    /// <summary>As the inspected source names it.</summary>
    public required SourceFile File { get; init; }

    /// <summary>SHA-256 of the whole, from the source, the caller or an earlier manifest.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Bytes in each chunk but the last.</summary>
    public required int ChunkSize { get; init; }

    /// <summary>Hashes its chunks must have.</summary>
    public IReadOnlyList<Sha256Digest>? Chunks { get; init; }

    [JsonIgnore]
    public bool IsPinned => Sha256 is not null || File.GitBlobSha1 is not null || Chunks is not null;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(FetchPlan))]
[JsonSerializable(typeof(FetchRequest))]
internal sealed partial class FetchJson : JsonSerializerContext;
