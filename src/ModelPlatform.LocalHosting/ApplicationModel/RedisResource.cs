namespace Aspire.Hosting.ApplicationModel;

/// <summary>A Redis server.</summary>
public class RedisResource : ContainerResource, IResourceWithConnectionString
{
    internal RedisResource(string name, ParameterResource password)
        : base(name)
    {
        PasswordParameter = password;
        Endpoints.Add(new Endpoint("tcp", "redis", port: null) { Transport = "tcp", TargetPort = 6379 });
        ConnectionStringExpression = new ReferenceExpression(
            new DualValue($"{{{name}.bindings.tcp.host}}:{{{name}.bindings.tcp.port}}", async token => $"127.0.0.1:{await Endpoints[0].AllocatedPort.WaitAsync(token)}"),
            ",password=",
            password);
    }

    /// <summary>Its password.</summary>
    public ParameterResource? PasswordParameter { get; }

    /// <inheritdoc/>
    public ReferenceExpression ConnectionStringExpression { get; }

    internal TimeSpan? SaveInterval { get; set; }

    internal long SaveKeysChanged { get; set; } = 1;
}
