using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A store that runs elsewhere: its connection string comes from the configuration.</summary>
internal sealed class ConnectionStringResource(string name, IConfiguration configuration) : Resource(name), IResourceWithConnectionString
{
    public ReferenceExpression ConnectionStringExpression { get; } = new(new DualValue(
        $"{{{name}.value}}",
        _ => ValueTask.FromResult<string?>(configuration.GetConnectionString(name) ?? throw new DistributedApplicationException($"ConnectionStrings__{name} is not set"))));
}
