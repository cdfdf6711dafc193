using System.Text.Json;

namespace ModelPlatform.Client.Jobs;

/// <summary>Whether jobs are taken, and how many run.</summary>
public sealed record WorkerStatus
{
    /// <summary>The setting: whether this platform runs jobs at all.</summary>
    public bool Enabled { get; init; }

    /// <summary>Jobs are being taken.</summary>
    public bool Running { get; init; }

    /// <summary>Jobs running now.</summary>
    public int ActiveJobs { get; init; }

    /// <summary>Jobs at once, at most, in each server.</summary>
    public int MaxConcurrent { get; init; }

    /// <summary>Upper bound on pick-up, milliseconds.</summary>
    public int PollInterval { get; init; }

    /// <summary>Sources that asked to wait.</summary>
    public IReadOnlyList<JsonElement>? RateLimitedSources { get; init; }

    /// <summary>The job servers.</summary>
    public IReadOnlyList<JsonElement>? Servers { get; init; }
}
