namespace ModelPlatform.Client.Runtimes;

/// <summary>The process in which models are loaded.</summary>
public sealed record ModelHostFigures
{
    /// <summary>Names it.</summary>
    public string Process { get; init; } = "";

    /// <summary>Bytes of memory it has.</summary>
    public long ResidentBytes { get; init; }

    /// <summary>Bytes a load may still take.</summary>
    public long AvailableBytes { get; init; }

    /// <summary>Percent of one processor.</summary>
    public double CpuPercent { get; init; }

    /// <summary>The runtimes there are.</summary>
    public IReadOnlyList<string> Runtimes { get; init; } = [];
}

/// <summary>A loaded model in figures.</summary>
public sealed record LoadedFigures
{
    /// <summary><c>name:version</c>.</summary>
    public string Id { get; init; } = "";

    /// <summary>healthy, degraded, unhealthy or unknown.</summary>
    public string Health { get; init; } = "";

    /// <summary>Bytes the process grew by when it was loaded.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>How it is used.</summary>
    public ModelUsage? Usage { get; init; }
}

/// <summary>How a loaded model is used.</summary>
public sealed record ModelUsage
{
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
}
