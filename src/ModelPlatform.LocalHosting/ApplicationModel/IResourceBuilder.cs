namespace Aspire.Hosting.ApplicationModel;

/// <summary>Describes one resource of the graph.</summary>
public interface IResourceBuilder<out T>
    where T : IResource
{
    /// <summary>The graph.</summary>
    IDistributedApplicationBuilder ApplicationBuilder { get; }

    /// <summary>The resource.</summary>
    T Resource { get; }
}

internal sealed class ResourceBuilder<T>(IDistributedApplicationBuilder applicationBuilder, T resource) : IResourceBuilder<T>
    where T : IResource
{
    public IDistributedApplicationBuilder ApplicationBuilder { get; } = applicationBuilder;

    public T Resource { get; } = resource;
}
