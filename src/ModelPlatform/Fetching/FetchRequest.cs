using ModelPlatform.Registry;
using ModelPlatform.Sources;

namespace ModelPlatform.Fetching;

/// <summary>What to bring in, and as what.</summary>
/// <param name="Model">The name it gets here.</param>
/// <param name="Sources">Where it may come from, in order; the second and later are fallbacks.</param>
public sealed record FetchRequest(ModelId Model, IReadOnlyList<FetchSource> Sources)
{
    /// <summary>The variant wanted; null takes the source's first.</summary>
    public string? Variant { get; init; }

    /// <summary>The framework the caller names; null detects it.</summary>
    public string? Framework { get; init; }

    /// <summary>SHA-256 of the primary artifact, where the caller knows it.</summary>
    public string? ExpectedSha256 { get; init; }

    /// <summary>Files an earlier manifest already proves, by path: each of their chunks is then checked on arrival and may come from any source.</summary>
    public IReadOnlyList<FetchedFile> KnownFiles { get; init; } = [];
}

/// <summary>One place a model may come from.</summary>
/// <param name="Source">Name of the source, for example <c>huggingface</c>.</param>
/// <param name="Reference">The model's name there.</param>
public sealed record FetchSource(string Source, SourceReference Reference);
