namespace ModelPlatform.Client.Events;

/// <summary>Which events. Null means "any".</summary>
public sealed record EventFilter
{
    /// <summary>Type; several by commas.</summary>
    public string? Type { get; init; }

    /// <summary>Model.</summary>
    public string? Model { get; init; }

    /// <summary>One job only.</summary>
    public string? JobId { get; init; }

    /// <summary>Not before this time.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>A stream begins after this event of the history; null begins with what happens from now on.</summary>
    public long? AfterId { get; init; }
}
