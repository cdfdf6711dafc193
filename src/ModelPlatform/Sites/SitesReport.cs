namespace ModelPlatform.Sites;

/// <summary>This site and the others.</summary>
/// <param name="Self">This one.</param>
/// <param name="Sites">The others, by name.</param>
public sealed record SitesReport(SelfReport Self, IReadOnlyList<SiteReport> Sites);

/// <summary>This site.</summary>
/// <param name="Id">The id it writes under.</param>
/// <param name="Digest">Equal to another site's where both hold the same.</param>
/// <param name="Documents">How many documents it holds.</param>
/// <param name="Fields">How many fields, removed ones among them.</param>
/// <param name="ClockAheadSeconds">How far its newest write lies ahead of its wall clock.</param>
public sealed record SelfReport(string Id, string Digest, long Documents, long Fields, double ClockAheadSeconds);

/// <summary>How it stands with another site.</summary>
public sealed record SiteReport
{
    /// <summary>What it is called here.</summary>
    public required string Name { get; init; }

    /// <summary>Its address.</summary>
    public required Uri Url { get; init; }

    /// <summary>The id it writes under; null before the first contact.</summary>
    public string? SiteId { get; init; }

    /// <summary>waiting, connected, unreachable, refused, paused or closed.</summary>
    public required SiteState State { get; init; }

    /// <summary>Why it is not connected, and what to do.</summary>
    public string? Reason { get; init; }

    /// <summary>When it last answered.</summary>
    public DateTimeOffset? LastContact { get; init; }

    /// <summary>What it has that is not here yet.</summary>
    public required SiteLag Behind { get; init; }

    /// <summary>What is here that it has not been sent yet.</summary>
    public required SiteLag Ahead { get; init; }

    /// <summary>Whether both held the same at the last contact.</summary>
    public required bool InStep { get; init; }

    /// <summary>Bytes received from it since the start.</summary>
    public required long BytesReceived { get; init; }

    /// <summary>Bytes sent to it since the start.</summary>
    public required long BytesSent { get; init; }

    /// <summary>Fields not taken from it, by reason.</summary>
    public required IReadOnlyDictionary<string, long> Refused { get; init; }

    /// <summary>Nothing is exchanged.</summary>
    public required bool Paused { get; init; }

    /// <summary>The most that is exchanged; null without limit.</summary>
    public long? BytesPerSecond { get; init; }

    /// <summary>The time of day, UTC, in which it is spoken to.</summary>
    public string? Schedule { get; init; }

    /// <summary>Whether a token is set; the token itself is never told.</summary>
    public required bool HasToken { get; init; }

    internal static SiteReport Of(Site site, SiteStanding standing, string digest) => new()
    {
        Name = site.Name,
        Url = site.Url,
        SiteId = standing.Progress.SiteId,
        State = site.Paused ? SiteState.Paused : standing.State,
        Reason = standing.Reason,
        LastContact = standing.Progress.LastContact,
        Behind = new SiteLag(standing.Behind.Fields, standing.Behind.Bytes),
        Ahead = new SiteLag(standing.Ahead.Fields, standing.Ahead.Bytes),
        InStep = standing.Root == digest,
        BytesReceived = standing.BytesReceived,
        BytesSent = standing.BytesSent,
        Refused = standing.Refused,
        Paused = site.Paused,
        BytesPerSecond = site.BytesPerSecond,
        Schedule = site.Schedule,
        HasToken = site.Token is not null,
    };
}

/// <summary>How much one side lacks.</summary>
/// <param name="Documents">Fields of documents.</param>
/// <param name="Bytes">Their bytes.</param>
public sealed record SiteLag(long Documents, long Bytes);
