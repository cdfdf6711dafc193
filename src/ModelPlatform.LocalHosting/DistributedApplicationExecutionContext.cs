namespace Aspire.Hosting;

/// <summary>Whether the graph is run or described.</summary>
public class DistributedApplicationExecutionContext(DistributedApplicationOperation operation)
{
    /// <summary>What is being done.</summary>
    public DistributedApplicationOperation Operation { get; } = operation;

    /// <summary>It is run on this machine.</summary>
    public bool IsRunMode => Operation == DistributedApplicationOperation.Run;

    /// <summary>Its deployment manifest is written.</summary>
    public bool IsPublishMode => Operation == DistributedApplicationOperation.Publish;
}

/// <summary>What is done with the graph.</summary>
public enum DistributedApplicationOperation
{
    /// <summary>It is run.</summary>
    Run = 0,

    /// <summary>It is described for a deployment.</summary>
    Publish = 1,
}
