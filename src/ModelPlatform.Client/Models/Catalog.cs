namespace ModelPlatform.Client.Models;

/// <summary>What to list. Null means "any".</summary>
public sealed record CatalogFilter
{
    /// <summary>micro, small, large or xlarge.</summary>
    public string? Tier { get; init; }

    /// <summary>A capability the model must have.</summary>
    public string? Capability { get; init; }

    /// <summary>Framework.</summary>
    public string? Framework { get; init; }

    /// <summary>Stage.</summary>
    public string? Stage { get; init; }

    /// <summary>Model type.</summary>
    public string? Type { get; init; }

    /// <summary>Words in name, description and tags.</summary>
    public string? Text { get; init; }

    /// <summary>At most so many.</summary>
    public int? Limit { get; init; }

    /// <summary><see cref="CatalogPage.NextCursor"/> of the page before.</summary>
    public string? Cursor { get; init; }
}

/// <summary>A page of the catalog.</summary>
public sealed record CatalogPage
{
    /// <summary>The rows.</summary>
    public IReadOnlyList<CatalogModel> Models { get; init; } = [];

    /// <summary>For the next page; null on the last.</summary>
    public string? NextCursor { get; init; }
}

/// <summary>A model in the catalog.</summary>
public sealed record CatalogModel
{
    /// <summary><c>name:version</c>.</summary>
    public string Id { get; init; } = "";

    /// <summary>Name.</summary>
    public string Name { get; init; } = "";

    /// <summary>Version.</summary>
    public string Version { get; init; } = "";

    /// <summary>Model type.</summary>
    public string? Type { get; init; }

    /// <summary>micro, small, large or xlarge.</summary>
    public string? Tier { get; init; }

    /// <summary>Capabilities.</summary>
    public IReadOnlyList<string> Capabilities { get; init; } = [];

    /// <summary>Bytes of memory needed to run it.</summary>
    public long MemoryRequirement { get; init; }

    /// <summary>Bytes of all artifacts.</summary>
    public long Size { get; init; }

    /// <summary>Framework.</summary>
    public string? Framework { get; init; }

    /// <summary>Stage.</summary>
    public string? Stage { get; init; }

    /// <summary>Merkle root of the primary artifact.</summary>
    public string? MerkleRoot { get; init; }
}
