namespace ModelPlatform.Client.Runtimes;

/// <summary>Health of a model.</summary>
public sealed record ModelHealthReport
{
    /// <summary><c>name:version</c>.</summary>
    public string Id { get; init; } = "";

    /// <summary>not_downloaded, downloading, downloaded, loading, loaded or error.</summary>
    public string Status { get; init; } = "";

    /// <summary>healthy, degraded, unhealthy or unknown.</summary>
    public string Health { get; init; } = "";

    /// <summary>When it was last looked at, UTC.</summary>
    public DateTimeOffset? CheckedAt { get; init; }

    /// <summary>How long that took.</summary>
    public double? Milliseconds { get; init; }

    /// <summary>The last looks, newest first.</summary>
    public IReadOnlyList<HealthLook> History { get; init; } = [];
}

/// <summary>One look at a model's health.</summary>
public sealed record HealthLook
{
    /// <summary>When, UTC.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>The health after it.</summary>
    public string Health { get; init; } = "";

    /// <summary>good, impaired or failed.</summary>
    public string Outcome { get; init; } = "";

    /// <summary>How long the probe took.</summary>
    public double? Milliseconds { get; init; }

    /// <summary>What was wrong.</summary>
    public string? Note { get; init; }
}
