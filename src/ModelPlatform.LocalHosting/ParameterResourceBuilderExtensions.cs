using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Values that come from outside.</summary>
public static class ParameterResourceBuilderExtensions
{
    /// <summary>Adds a value that the one who deploys gives; on this machine it is <c>Parameters:{name}</c> of the configuration.</summary>
    public static IResourceBuilder<ParameterResource> AddParameter(this IDistributedApplicationBuilder builder, string name, bool secret = false) =>
        builder.AddResource(new ParameterResource(name, secret, generated: false, () => builder.Configuration[$"Parameters:{name}"] ?? builder.Configuration[$"Parameters:{name.Replace('-', '_')}"]));

    /// <summary>Adds a store that runs elsewhere: <c>ConnectionStrings:{name}</c> of the configuration.</summary>
    public static IResourceBuilder<IResourceWithConnectionString> AddConnectionString(this IDistributedApplicationBuilder builder, string name, string? environmentVariableName = null) =>
        environmentVariableName is null
            ? builder.AddResource(new ConnectionStringResource(name, builder.Configuration))
            : throw new DistributedApplicationException($"'{name}': another variable than ConnectionStrings__{name} is not supported by local hosting");
}
