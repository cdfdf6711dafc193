namespace ModelPlatform.Documents;

/// <summary>A document's pointer to content that is kept elsewhere. The JSON is that of deployed documents: snake_case, empty members left out, <c>metadata</c> always there.</summary>
public sealed record BlobReference
{
    /// <summary>Opaque: bare hex, <c>sha256:…</c>, or whatever its writer uses.</summary>
    public required string Hash { get; init; }

    /// <summary>Length in bytes.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>What is said of the content.</summary>
    public BlobMetadata Metadata { get; init; } = new();
}

/// <summary>What is said of a blob.</summary>
public sealed record BlobMetadata
{
    /// <summary>A name.</summary>
    public string? Name { get; init; }

    /// <summary>A media type.</summary>
    public string? ContentType { get; init; }

    /// <summary>Anything else; null where there is nothing.</summary>
    public IReadOnlyDictionary<string, string>? Custom
    {
        get;
        init => field = value is { Count: > 0 } ? value : null;
    }
}
