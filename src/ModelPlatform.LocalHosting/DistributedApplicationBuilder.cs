using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ModelPlatform.LocalHosting.Publishing;
using ModelPlatform.LocalHosting.Running;

namespace Aspire.Hosting;

internal sealed class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    private readonly HostApplicationBuilder host;
    private readonly List<Resource> resources = [];

    public DistributedApplicationBuilder(string[] args)
    {
        var arguments = Arguments.Parse(args);
        AppHostDirectory = Assembly.GetEntryAssembly()?.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(attribute => attribute.Key == "apphostprojectpath")?.Value
            ?? Directory.GetCurrentDirectory();
        host = new HostApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = AppHostDirectory, ApplicationName = "AppHost" });
        host.Configuration.AddInMemoryCollection(arguments.Settings);
        host.Logging.ClearProviders();
        ExecutionContext = new DistributedApplicationExecutionContext(arguments.ManifestPath is null ? DistributedApplicationOperation.Run : DistributedApplicationOperation.Publish);

        host.Services.AddSingleton(ExecutionContext);
        host.Services.AddSingleton<ResourceNotificationService>();
        host.Services.AddSingleton<Failure>();
        host.Services.AddSingleton<ConsoleLog>();
        host.Services.AddSingleton(new Graph(AppHostDirectory, resources));
        if (arguments.ManifestPath is { } path)
        {
            host.Services.AddSingleton(services => new ManifestPublisher(services.GetRequiredService<Graph>(), path));
        }
        else
        {
            host.Services.Configure<HostOptions>(options => options.ShutdownTimeout = GraphRunner.StopTimeout);
            host.Services.Configure<ConsoleLifetimeOptions>(options => options.SuppressStatusMessages = true);
            host.Services.AddHostedService<GraphRunner>();
        }
    }

    public string AppHostDirectory { get; }

    public ConfigurationManager Configuration => host.Configuration;

    public IHostEnvironment Environment => host.Environment;

    public DistributedApplicationExecutionContext ExecutionContext { get; }

    public IServiceCollection Services => host.Services;

    public IResourceBuilder<T> AddResource<T>(T resource)
        where T : IResource
    {
        if (resources.Exists(other => other.Name.Equals(resource.Name, StringComparison.OrdinalIgnoreCase)))
        {
            throw new DistributedApplicationException($"two resources are named '{resource.Name}'");
        }

        resources.Add(resource.Model());
        return new ResourceBuilder<T>(this, resource);
    }

    public DistributedApplication Build() => new(host.Build());
}

/// <summary>The resources, in the order they were added.</summary>
internal sealed record Graph(string AppHostDirectory, IReadOnlyList<Resource> Resources);
