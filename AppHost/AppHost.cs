using Microsoft.Extensions.DependencyInjection;
using ModelPlatform.AppHost;

var launch = LaunchOptions.Read(args);
var builder = DistributedApplication.CreateBuilder(launch.AspireArguments);
var publishing = builder.ExecutionContext.IsPublishMode;
builder.Configuration["LocalHosting:Redis"] = launch.Redis;

// One platform, or several side by side that know each other as sites: each with stores of its own.
foreach (var site in publishing ? launch.Sites.Take(1) : launch.Sites)
{
    AddPlatform(site);
}

builder.Build().Run();

void AddPlatform(LaunchedSite site)
{
    // The stores. On this machine their data lies in the data directory; a connection string in the environment stands in for either.
    IResourceBuilder<IResourceWithConnectionString> redis =
        publishing ? builder.AddRedis("redis").WithDataVolume().WithPersistence()
        : LaunchOptions.IsGiven("redis") && site.IsAlone ? builder.AddConnectionString("redis")
        : builder.AddRedis(site.Named("redis")).WithDataBindMount(site.DataDirectory("redis")).WithPersistence();

    IResourceBuilder<IResourceWithConnectionString>? blobs =
        !publishing && launch.Store != "Azure" ? null
        : !publishing && LaunchOptions.IsGiven("blobs") && site.IsAlone ? builder.AddConnectionString("blobs")
        : builder.AddAzureStorage(site.Named("storage")).RunAsEmulator(azurite => azurite.WithDataBindMount(site.DataDirectory("blobs"))).AddBlobs(site.Named("blobs"));

    // The processes.
    var api = builder.AddProject<Projects.ModelPlatform_Api>(site.Named("api"))
        .WithHttpEndpoint(port: publishing ? null : site.ApiPort)
        .WithExternalHttpEndpoints();

    var jobs = builder.AddProject<Projects.ModelPlatform_JobServer>(site.Named("jobs"))
        .WithHttpEndpoint()
        .WithReplicas(launch.JobServers);

    // Models are loaded in a process of their own: their native memory, and what crashes it, stay out of the API.
    var modelHost = builder.AddProject<Projects.ModelPlatform_ModelHost>(site.Named("modelhost"))
        .WithHttpEndpoint(port: site.ModelHostPort);

    api.WithReference(modelHost);

    var dashboard = builder.AddProject<Projects.ModelPlatform_Dashboard>(site.Named("dashboard"))
        .WithHttpEndpoint(port: publishing ? null : site.DashboardPort)
        .WithExternalHttpEndpoints()
        .WithReference(api)
        .WaitFor(api);

    foreach (var service in new[] { api, jobs, modelHost })
    {
        service.WithReference(redis, connectionName: "redis").WaitFor(redis);
        if (blobs is not null)
        {
            service.WithReference(blobs, connectionName: "blobs").WaitFor(blobs);
        }
    }

    foreach (var service in new[] { api, jobs, modelHost, dashboard })
    {
        service.WithHttpHealthCheck("/health");
    }

    if (publishing)
    {
        // A deployed API is not on loopback, so it has a token; the dashboard uses it.
        var token = builder.AddParameter("model-fetch-token", secret: true);
        foreach (var service in new[] { api, jobs, modelHost, dashboard })
        {
            service.WithEnvironment("MODEL_FETCH_TOKEN", token);
        }

        return;
    }

    // Everything else is inherited from this process's environment.
    foreach (var service in new[] { api, jobs, modelHost, dashboard })
    {
        service
            .WithEnvironment("MODELPLATFORM_DATA", site.Data)
            .WithEnvironment("Chunks__Store", launch.Store)
            .WithEnvironment("Sources__FileSystem__Root", launch.Models);
    }

    if (!site.IsAlone)
    {
        dashboard.WithEnvironment("services__api__http__0", site.Url);
        api.WithEnvironment("services__modelhost__http__0", $"http://localhost:{site.ModelHostPort}");
        foreach (var service in new[] { api, jobs })
        {
            service.WithEnvironment("Documents__Site", site.Name);
            foreach (var (index, other) in launch.Sites.Where(other => other != site).Index())
            {
                service.WithEnvironment($"Sites__Peers__{index}__Name", other.Name).WithEnvironment($"Sites__Peers__{index}__Url", other.Url);
            }
        }
    }

    if (site != launch.Sites[0])
    {
        return;
    }

    // The first speaks for all.
    builder.Services.AddHostedService(services => new FirstRun(
        services.GetRequiredService<ResourceNotificationService>(), launch, site, api.GetEndpoint("http"), dashboard.GetEndpoint("http")));
}
