namespace ModelPlatform.Client.Runtimes;

/// <summary>A model in memory.</summary>
public sealed record LoadedInstance
{
    /// <summary>Names this load.</summary>
    public string InstanceId { get; init; } = "";

    /// <summary>The runtime that loaded it.</summary>
    public string Runtime { get; init; } = "";

    /// <summary>The file that was loaded.</summary>
    public string Artifact { get; init; } = "";

    /// <summary>The process that holds it.</summary>
    public string Process { get; init; } = "";

    /// <summary>When, UTC.</summary>
    public DateTimeOffset LoadedAt { get; init; }

    /// <summary>How long the load took.</summary>
    public double LoadMilliseconds { get; init; }

    /// <summary>Bytes the process grew by.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>What it takes.</summary>
    public IReadOnlyList<TensorInfo> Inputs { get; init; } = [];

    /// <summary>What it gives.</summary>
    public IReadOnlyList<TensorInfo> Outputs { get; init; } = [];
}

/// <summary>An input or an output of a model.</summary>
public sealed record TensorInfo
{
    /// <summary>Its name.</summary>
    public string Name { get; init; } = "";

    /// <summary>float32, int64 …</summary>
    public string DataType { get; init; } = "";

    /// <summary>Its dimensions, -1 where any size will do.</summary>
    public IReadOnlyList<long> Shape { get; init; } = [];
}
