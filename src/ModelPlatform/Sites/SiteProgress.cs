namespace ModelPlatform.Sites;

/// <summary>How far the exchange with a site has come; kept, so that a restart goes on from there.</summary>
internal sealed record SiteProgress
{
    /// <summary>The id it writes under; null before the first contact.</summary>
    public string? SiteId { get; init; }

    /// <summary>Its log's epoch.</summary>
    public string? Epoch { get; init; }

    /// <summary>Position in its log up to which all is here.</summary>
    public long Pulled { get; init; }

    /// <summary>Position in this site's log up to which it has all.</summary>
    public long Pushed { get; init; }

    /// <summary>The keys it signs with, by its own word.</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    /// <summary>When it last answered.</summary>
    public DateTimeOffset? LastContact { get; init; }
}
