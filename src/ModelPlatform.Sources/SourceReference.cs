namespace ModelPlatform.Sources;

/// <summary>A model's name at its source, as the caller gave it.</summary>
/// <param name="Reference">The source's own notation: <c>org/name</c>, a URL, a path, a CID.</param>
public sealed record SourceReference(string Reference)
{
    /// <summary>Branch, tag or commit, where the source has such; null means its default.</summary>
    public string? Revision { get; init; }

    /// <summary>The variant wanted. A source with variants may use it to ask for less; it always lists all it knows.</summary>
    public string? Variant { get; init; }
}
