namespace ModelPlatform.Client.Events;

/// <summary>Which events. Null means "any".</summary>
public sealed record EventFilter
{
    /// <summary>Type, or its first words.</summary>
    public string? Type { get; init; }

    /// <summary>Model.</summary>
    public string? Model { get; init; }

    /// <summary>One job only.</summary>
    public string? JobId { get; init; }

    /// <summary>Those after this event.</summary>
    public string? Since { get; init; }
}
