using System.Collections.Concurrent;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Tells how the resources are.</summary>
public class ResourceNotificationService
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource<ResourceEvent>> healthy = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Waits until a resource, with all its replicas, has been healthy once.</summary>
    public Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, CancellationToken cancellationToken = default) =>
        Of(resourceName).Task.WaitAsync(cancellationToken);

    internal void SetHealthy(Resource resource) => Of(resource.Name).TrySetResult(new ResourceEvent(resource, resource.Name));

    private TaskCompletionSource<ResourceEvent> Of(string name) =>
        healthy.GetOrAdd(name, _ => new TaskCompletionSource<ResourceEvent>(TaskCreationOptions.RunContinuationsAsynchronously));
}

/// <summary>What happened to a resource.</summary>
public class ResourceEvent
{
    internal ResourceEvent(IResource resource, string resourceId)
    {
        Resource = resource;
        ResourceId = resourceId;
    }

    /// <summary>The resource.</summary>
    public IResource Resource { get; }

    /// <summary>Which of its replicas.</summary>
    public string ResourceId { get; }
}
