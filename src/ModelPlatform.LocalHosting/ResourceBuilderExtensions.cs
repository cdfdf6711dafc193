using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>How the resources of the graph hang together.</summary>
public static class ResourceBuilderExtensions
{
    /// <summary>Sets a variable of the environment.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, string? value)
        where T : IResourceWithEnvironment => builder.Set(name, value ?? string.Empty);

    /// <summary>Sets a variable of the environment to a parameter's value.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, IResourceBuilder<ParameterResource> parameter)
        where T : IResourceWithEnvironment => builder.Set(name, parameter.Resource);

    /// <summary>Hands over the connection string of another resource as <c>ConnectionStrings__{name}</c>.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithConnectionString> source, string? connectionName = null, bool optional = false)
        where TDestination : IResourceWithEnvironment
    {
        _ = optional ? throw new DistributedApplicationException($"'{builder.Resource.Name}': optional references are not supported by local hosting") : optional;
        builder.Set($"ConnectionStrings__{connectionName ?? source.Resource.Name}", source.Resource);
        foreach (var (name, value) in ConnectionProperties.Of(source.Resource))
        {
            builder.Set(name, value);
        }

        return builder;
    }

    /// <summary>Lets the resource find the endpoints of another by its name: <c>services__{name}__{endpoint}__0</c>.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithServiceDiscovery> source)
        where TDestination : IResourceWithEnvironment
    {
        var resource = source.Resource.Model();
        foreach (var endpoint in resource.Endpoints)
        {
            var reference = new EndpointReference(source.Resource, endpoint);
            builder.Set($"{resource.Name.Replace('-', '_').ToUpperInvariant()}_{endpoint.Name.ToUpperInvariant()}", reference);
            builder.Set($"services__{resource.Name}__{endpoint.Name}__0", reference);
        }

        return builder;
    }

    /// <summary>Starts the resource once another is healthy.</summary>
    public static IResourceBuilder<T> WaitFor<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency)
        where T : IResourceWithWaitSupport
    {
        builder.Resource.Model().Dependencies.Add(dependency.Resource.Model());
        return builder;
    }

    /// <summary>Adds an endpoint that speaks HTTP.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="port">The port on this machine; a free one if null.</param>
    /// <param name="targetPort">The port inside a container, when deployed.</param>
    /// <param name="name">Its name; <c>http</c> if null.</param>
    /// <param name="env">Not supported here.</param>
    /// <param name="isProxied">Whether something stands between; nothing does here.</param>
    public static IResourceBuilder<T> WithHttpEndpoint<T>(this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? name = null, string? env = null, bool? isProxied = null)
        where T : IResourceWithEndpoints
    {
        if (env is not null)
        {
            throw new DistributedApplicationException($"'{builder.Resource.Name}': the port in a variable of its own is not supported by local hosting");
        }

        _ = isProxied;
        builder.Resource.Model().Endpoints.Add(new Endpoint(name ?? "http", "http", port) { TargetPort = targetPort });
        return builder;
    }

    /// <summary>Makes the HTTP endpoints reachable from outside, when deployed.</summary>
    public static IResourceBuilder<T> WithExternalHttpEndpoints<T>(this IResourceBuilder<T> builder)
        where T : IResourceWithEndpoints
    {
        foreach (var endpoint in builder.Resource.Model().Endpoints)
        {
            endpoint.IsExternal = true;
        }

        return builder;
    }

    /// <summary>Takes the resource for healthy once an address answers 200.</summary>
    public static IResourceBuilder<T> WithHttpHealthCheck<T>(this IResourceBuilder<T> builder, string? path = null, int? statusCode = null, string? endpointName = null)
        where T : IResourceWithEndpoints
    {
        if (statusCode is not (null or 200) || endpointName is not (null or "http"))
        {
            throw new DistributedApplicationException($"'{builder.Resource.Name}': local hosting checks for 200 at the endpoint http");
        }

        builder.Resource.Model().HealthPath = path ?? "/";
        return builder;
    }

    /// <summary>An endpoint by its name.</summary>
    public static EndpointReference GetEndpoint<T>(this IResourceBuilder<T> builder, string name)
        where T : IResourceWithEndpoints =>
        new(builder.Resource, builder.Resource.Model().Endpoints.Find(endpoint => endpoint.Name == name)
            ?? throw new DistributedApplicationException($"'{builder.Resource.Name}' has no endpoint '{name}'"));

    internal static Resource Model(this IResource resource) => (Resource)resource;

    private static IResourceBuilder<T> Set<T>(this IResourceBuilder<T> builder, string name, object value)
        where T : IResource
    {
        var environment = builder.Resource.Model().Environment;
        environment.RemoveAll(variable => variable.Name == name);
        environment.Add(new EnvironmentVariable(name, value));
        return builder;
    }
}
