namespace Aspire.Hosting.ApplicationModel;

/// <summary>A part of the graph.</summary>
public interface IResource
{
    /// <summary>Its name, unique in the graph.</summary>
    string Name { get; }
}

/// <summary>A resource that takes environment variables.</summary>
public interface IResourceWithEnvironment : IResource;

/// <summary>A resource that listens.</summary>
public interface IResourceWithEndpoints : IResource;

/// <summary>A resource that can wait for others.</summary>
public interface IResourceWithWaitSupport : IResource;

/// <summary>A resource that others reach by a connection string.</summary>
public interface IResourceWithConnectionString : IResource, IManifestExpressionProvider, IValueProvider
{
    /// <summary>How the connection string is made.</summary>
    ReferenceExpression ConnectionStringExpression { get; }

    /// <summary>The connection string, once the resource has its address.</summary>
    ValueTask<string?> GetConnectionStringAsync(CancellationToken cancellationToken = default) => ConnectionStringExpression.GetValueAsync(cancellationToken);

    /// <inheritdoc/>
    string IManifestExpressionProvider.ValueExpression => $"{{{Name}.connectionString}}";

    /// <inheritdoc/>
    ValueTask<string?> IValueProvider.GetValueAsync(CancellationToken cancellationToken) => GetConnectionStringAsync(cancellationToken);
}

/// <summary>Has a form for the deployment manifest.</summary>
public interface IManifestExpressionProvider
{
    /// <summary>For example <c>{redis.connectionString}</c>.</summary>
    string ValueExpression { get; }
}

/// <summary>Has a value while running.</summary>
public interface IValueProvider
{
    /// <summary>Waits until the value is known.</summary>
    ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default);
}
