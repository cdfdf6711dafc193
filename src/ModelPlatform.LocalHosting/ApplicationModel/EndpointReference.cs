namespace Aspire.Hosting.ApplicationModel;

/// <summary>An endpoint of a resource, as others see it.</summary>
public sealed class EndpointReference : IManifestExpressionProvider, IValueProvider
{
    private readonly Endpoint endpoint;

    internal EndpointReference(IResourceWithEndpoints resource, Endpoint endpoint)
    {
        Resource = resource;
        this.endpoint = endpoint;
    }

    /// <summary>The resource that listens.</summary>
    public IResourceWithEndpoints Resource { get; }

    /// <summary>The endpoint's name, for example <c>http</c>.</summary>
    public string EndpointName => endpoint.Name;

    /// <summary>The address, once it is allocated.</summary>
    /// <exception cref="InvalidOperationException">It is not, yet.</exception>
    public string Url => endpoint.AllocatedPort.IsCompletedSuccessfully
        ? AddressOf(endpoint.AllocatedPort.GetAwaiter().GetResult())
        : throw new InvalidOperationException($"The endpoint '{EndpointName}' of '{Resource.Name}' has no address yet.");

    /// <inheritdoc/>
    string IManifestExpressionProvider.ValueExpression => $"{{{Resource.Name}.bindings.{EndpointName}.url}}";

    /// <inheritdoc/>
    public async ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => AddressOf(await endpoint.AllocatedPort.WaitAsync(cancellationToken));

    private string AddressOf(int port) => $"{endpoint.Scheme}://localhost:{port}";
}
