using System.Text.Json.Serialization;
using ModelPlatform.Events;

namespace ModelPlatform.Runtimes;

/// <summary>What the model host says of itself every few seconds. Where there is none, it is not running.</summary>
public sealed record HostReport
{
    /// <summary>Names the process.</summary>
    public required string Process { get; init; }

    /// <summary>When this was said, UTC.</summary>
    [JsonConverter(typeof(UtcTimeJsonConverter))]
    public DateTimeOffset At { get; init; }

    /// <summary>Bytes of physical memory the process has.</summary>
    public long ResidentBytes { get; init; }

    /// <summary>Bytes a load may still take.</summary>
    public long AvailableBytes { get; init; }

    /// <summary>Percent of one processor since the report before.</summary>
    public double CpuPercent { get; init; }

    /// <summary>What can be loaded.</summary>
    public IReadOnlyList<RuntimeOffer> Runtimes { get; init; } = [];

    /// <summary>Loaded models.</summary>
    public IReadOnlyList<ModelUsage> Models { get; init; } = [];
}

/// <summary>A runtime and what it can load.</summary>
/// <param name="Name">The runtime.</param>
/// <param name="Frameworks">Its frameworks.</param>
public sealed record RuntimeOffer(string Name, IReadOnlyList<string> Frameworks);

/// <summary>How a loaded model is used.</summary>
public sealed record ModelUsage
{
    /// <summary><c>name:version</c>.</summary>
    public required string Id { get; init; }

    /// <summary>Inferences since it was loaded.</summary>
    public long Calls { get; init; }

    /// <summary>Those that failed.</summary>
    public long Failures { get; init; }

    /// <summary>Those running now.</summary>
    public int Running { get; init; }

    /// <summary>Half of the last inferences were faster.</summary>
    public double MedianMilliseconds { get; init; }

    /// <summary>19 of 20 of the last inferences were faster.</summary>
    public double P95Milliseconds { get; init; }

    /// <summary>The last inference, UTC.</summary>
    [JsonConverter(typeof(UtcTimeJsonConverter))]
    public DateTimeOffset LastUsedAt { get; init; }
}
