namespace ModelPlatform.Client.Sites;

/// <summary>This site and the others it exchanges documents with.</summary>
public sealed record SitesReport
{
    /// <summary>This one.</summary>
    public SelfReport Self { get; init; } = new();

    /// <summary>The others, by name.</summary>
    public IReadOnlyList<SiteReport> Sites { get; init; } = [];
}

/// <summary>This site.</summary>
public sealed record SelfReport
{
    /// <summary>The id it writes under.</summary>
    public string Id { get; init; } = string.Empty;

    /// <summary>Equal to another site's where both hold the same.</summary>
    public string Digest { get; init; } = string.Empty;

    /// <summary>Documents it holds.</summary>
    public long Documents { get; init; }

    /// <summary>Fields, removed ones among them.</summary>
    public long Fields { get; init; }
}

/// <summary>How it stands with another site.</summary>
public sealed record SiteReport
{
    /// <summary>What it is called.</summary>
    public string Name { get; init; } = string.Empty;

    /// <summary>Its address.</summary>
    public string Url { get; init; } = string.Empty;

    /// <summary>The id it writes under; null before the first contact.</summary>
    public string? SiteId { get; init; }

    /// <summary>waiting, connected, unreachable, refused, paused or closed.</summary>
    public string State { get; init; } = string.Empty;

    /// <summary>Why it is not connected, and what to do.</summary>
    public string? Reason { get; init; }

    /// <summary>When it last answered.</summary>
    public DateTimeOffset? LastContact { get; init; }

    /// <summary>What it has that is not here yet.</summary>
    public SiteLag Behind { get; init; } = new(0, 0);

    /// <summary>What is here that it has not been sent yet.</summary>
    public SiteLag Ahead { get; init; } = new(0, 0);

    /// <summary>Whether both held the same at the last contact.</summary>
    public bool InStep { get; init; }

    /// <summary>Bytes received from it.</summary>
    public long BytesReceived { get; init; }

    /// <summary>Bytes sent to it.</summary>
    public long BytesSent { get; init; }

    /// <summary>Fields not taken from it, by reason.</summary>
    public IReadOnlyDictionary<string, long> Refused { get; init; } = new Dictionary<string, long>();

    /// <summary>Nothing is exchanged.</summary>
    public bool Paused { get; init; }

    /// <summary>The most that is exchanged; null without limit.</summary>
    public long? BytesPerSecond { get; init; }

    /// <summary>The time of day, UTC, in which it is spoken to.</summary>
    public string? Schedule { get; init; }

    /// <summary>Whether a token is set.</summary>
    public bool HasToken { get; init; }
}

/// <summary>How much one side lacks.</summary>
/// <param name="Documents">Fields of documents.</param>
/// <param name="Bytes">Their bytes.</param>
public sealed record SiteLag(long Documents, long Bytes);

/// <summary>What is said of a site. What is left out stays as it is.</summary>
public sealed record SiteChange
{
    /// <summary>Its address; needed for a new one.</summary>
    public string? Url { get; init; }

    /// <summary>The secret both sides know; empty removes it.</summary>
    public string? Token { get; init; }

    /// <summary>Whether nothing is exchanged.</summary>
    public bool? Paused { get; init; }

    /// <summary>The most that is exchanged; 0 is without limit.</summary>
    public long? BytesPerSecond { get; init; }

    /// <summary>The time of day in UTC, <c>22:00-06:00</c>; empty is always.</summary>
    public string? Schedule { get; init; }
}
