using System.Text.Json.Nodes;

namespace ModelPlatform.Client.Models;

/// <summary>What a reference at a source holds.</summary>
public sealed record ModelInspection
{
    /// <summary>Source name.</summary>
    public string Source { get; init; } = "";

    /// <summary>The model's name there.</summary>
    public string SourceReference { get; init; } = "";

    /// <summary>The immutable revision that was looked at, where the source has such.</summary>
    public string? Revision { get; init; }

    /// <summary>Detected framework.</summary>
    public string? Framework { get; init; }

    /// <summary>What can be fetched, the preferred one first.</summary>
    public IReadOnlyList<InspectedVariant> Variants { get; init; } = [];

    /// <summary>Description, tags and what else the source says.</summary>
    public JsonObject? InferredMetadata { get; init; }

    /// <summary>A name that would do.</summary>
    public string? SuggestedModelName { get; init; }
}

/// <summary>A choice of files.</summary>
public sealed record InspectedVariant
{
    /// <summary>Name to fetch it by.</summary>
    public string Name { get; init; } = "";

    /// <summary>Relative paths.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>Bytes; null where the source does not say.</summary>
    public long? TotalSize { get; init; }

    /// <summary>fp32, fp16, int8 …</summary>
    public string? Precision { get; init; }
}
