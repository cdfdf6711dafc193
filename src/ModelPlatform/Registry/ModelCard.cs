using System.Text.Json.Nodes;

namespace ModelPlatform.Registry;

/// <summary>What may change about a published model version, kept beside its immutable manifest.</summary>
public sealed record ModelCard
{
    /// <summary>development, staging or production.</summary>
    public string Stage { get; init; } = "development";

    /// <summary>Free labels.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Never evicted.</summary>
    public bool IsPinned { get; init; }

    /// <summary>Its chunks were given up to make room, and its source vouches for them: it reads <c>not_downloaded</c> until it is fetched again.</summary>
    public bool IsEvicted { get; init; }

    /// <summary>Made here rather than fetched, so no source can give it again: never evicted.</summary>
    public bool IsUploaded { get; init; }

    /// <summary>Fetched with the operator's credentials from a gated repository: never served anonymously.</summary>
    public bool IsGated { get; init; }

    /// <summary>What the caller who fetched it may ask for again: <c>source</c>, <c>reference</c>, <c>revision</c>, <c>variant</c>. Null for uploads.</summary>
    public FetchOrigin? Origin { get; init; }

    /// <summary>The source's metadata, overlaid by the user's, and <c>fetchSource</c>, <c>fetchReference</c>, <c>fetchVariant</c>, <c>fetchedAt</c>.</summary>
    public JsonObject Metadata { get; init; } = [];

    /// <summary>When the version was published, UTC.</summary>
    public DateTimeOffset PublishedAt { get; init; }
}

/// <summary>The request a model came from, for "is this the same?" and for fetching it again.</summary>
/// <param name="Source">Source name.</param>
/// <param name="Reference">Reference as the caller gave it.</param>
/// <param name="Variant">Variant as the caller gave it.</param>
/// <param name="Revision">Revision as the caller gave it.</param>
public sealed record FetchOrigin(string Source, string Reference, string? Variant, string? Revision);
