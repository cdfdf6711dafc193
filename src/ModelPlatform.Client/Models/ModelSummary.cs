using System.Text.Json.Nodes;

namespace ModelPlatform.Client.Models;

/// <summary>A row of the list of models.</summary>
public sealed record ModelSummary
{
    /// <summary><c>name:version</c>.</summary>
    public string Id { get; init; } = "";

    /// <summary>Name.</summary>
    public string ModelName { get; init; } = "";

    /// <summary>Version.</summary>
    public string ModelVersion { get; init; } = "";

    /// <summary>Framework.</summary>
    public string? Framework { get; init; }

    /// <summary>development, staging or production.</summary>
    public string? Stage { get; init; }

    /// <summary>Bytes of all artifacts.</summary>
    public long BlobSize { get; init; }

    /// <summary>When it was published.</summary>
    public DateTimeOffset? UploadedAt { get; init; }

    /// <summary>Metadata of source and user.</summary>
    public JsonObject? Metadata { get; init; }
}
