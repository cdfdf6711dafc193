namespace ModelPlatform.Client.Plugins;

/// <summary>A source plugin as one process sees it.</summary>
public sealed record PluginInfo
{
    /// <summary>Plugin id.</summary>
    public string Id { get; init; } = "";

    /// <summary>Its version.</summary>
    public string? Version { get; init; }

    /// <summary>active, draining, disabled, incompatible, malfunctioned or superseded.</summary>
    public string State { get; init; } = "";

    /// <summary>Why it is in that state.</summary>
    public string? Reason { get; init; }

    /// <summary>The sources it provides.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];

    /// <summary>The process that reports.</summary>
    public string? Process { get; init; }
}
