namespace ModelPlatform.Sources;

/// <summary>One file at a source, with all that is known of it before the download. Survives serialization: a later process opens it again.</summary>
/// <param name="Path">Its name in the model, relative, with forward slashes.</param>
/// <param name="Locator">The source's own notation for opening it: a URL, a path, a CID. Opaque to the host, and never holds a credential.</param>
public sealed record SourceFile(string Path, string Locator)
{
    /// <summary>Length in bytes; null where the source does not say.</summary>
    public long? Size { get; init; }

    /// <summary>SHA-256 the source vouches for, lower-case hex.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Git blob SHA-1 the source vouches for, lower-case hex.</summary>
    public string? GitBlobSha1 { get; init; }

    /// <summary>What the source's <c>ETag</c> or its like was on inspection. A source refuses, or answers from byte 0, when it has moved.</summary>
    public string? Validator { get; init; }

    /// <summary>Whether the source is known to answer ranges; null where that shows only on opening.</summary>
    public bool? AcceptsRanges { get; init; }

    /// <summary>Known chunk hashes (SHA-256, lower-case hex), one for each <see cref="ChunkSize"/> bytes. Each chunk is then checked on arrival.</summary>
    public IReadOnlyList<string>? ChunkHashes { get; init; }

    /// <summary>Chunk size of <see cref="ChunkHashes"/> in bytes.</summary>
    public int? ChunkSize { get; init; }
}
