using System.Text.Json.Serialization;

namespace ModelPlatform.Client.Documents;

/// <summary>A document's pointer to content that is kept elsewhere.</summary>
public sealed record BlobReference
{
    /// <summary>Opaque: bare hex, <c>sha256:…</c>, or whatever its writer uses.</summary>
    [JsonPropertyName("hash")]
    public string Hash { get; init; } = string.Empty;

    /// <summary>Length in bytes.</summary>
    [JsonPropertyName("size_bytes")]
    public long SizeBytes { get; init; }

    /// <summary>What is said of the content.</summary>
    [JsonPropertyName("metadata")]
    public BlobMetadata Metadata { get; init; } = new();
}

/// <summary>What is said of a blob.</summary>
public sealed record BlobMetadata
{
    /// <summary>A name.</summary>
    [JsonPropertyName("name")]
    public string? Name { get; init; }

    /// <summary>A media type.</summary>
    [JsonPropertyName("content_type")]
    public string? ContentType { get; init; }

    /// <summary>Anything else.</summary>
    [JsonPropertyName("custom")]
    public IReadOnlyDictionary<string, string>? Custom { get; init; }
}

/// <summary>A page of a collection.</summary>
public sealed record DocumentList
{
    /// <summary>Ids of documents.</summary>
    public IReadOnlyList<string> Documents { get; init; } = [];

    /// <summary>For the next page; null on the last.</summary>
    public string? NextCursor { get; init; }
}
