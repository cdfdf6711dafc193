namespace Aspire.Hosting.ApplicationModel;

/// <summary>A part of the graph.</summary>
public abstract class Resource(string name) : IResource
{
    /// <inheritdoc/>
    public virtual string Name { get; } = name;

    internal List<EnvironmentVariable> Environment { get; } = [];

    internal List<Resource> Dependencies { get; } = [];

    internal List<Endpoint> Endpoints { get; } = [];

    internal string? HealthPath { get; set; }

    internal int Replicas { get; set; } = 1;
}

/// <summary>A variable of a child's environment: a text, or something that has one value while running and another in the manifest.</summary>
internal sealed record EnvironmentVariable(string Name, object Value);

/// <summary>Where a resource listens.</summary>
internal sealed class Endpoint(string name, string scheme, int? port)
{
    private readonly TaskCompletionSource<int> allocated = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Name { get; } = name;

    public string Scheme { get; } = scheme;

    /// <summary>The port asked for; null where any will do.</summary>
    public int? Port { get; } = port;

    public int? TargetPort { get; init; }

    public string Transport { get; init; } = "http";

    public bool IsExternal { get; set; }

    public Task<int> AllocatedPort => allocated.Task;

    public void Allocate(int port) => allocated.TrySetResult(port);
}
