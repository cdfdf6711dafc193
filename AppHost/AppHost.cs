using Microsoft.Extensions.DependencyInjection;
using ModelPlatform.AppHost;

var launch = LaunchOptions.Read(args);
var builder = DistributedApplication.CreateBuilder(launch.AspireArguments);
var publishing = builder.ExecutionContext.IsPublishMode;
builder.Configuration["LocalHosting:Redis"] = launch.Redis;

// The stores. On this machine their data lies in the data directory; a connection string in the environment stands in for either.
IResourceBuilder<IResourceWithConnectionString> redis =
    publishing ? builder.AddRedis("redis").WithDataVolume().WithPersistence()
    : LaunchOptions.IsGiven("redis") ? builder.AddConnectionString("redis")
    : builder.AddRedis("redis").WithDataBindMount(launch.DataDirectory("redis")).WithPersistence();

IResourceBuilder<IResourceWithConnectionString>? blobs =
    !publishing && launch.Store != "Azure" ? null
    : !publishing && LaunchOptions.IsGiven("blobs") ? builder.AddConnectionString("blobs")
    : builder.AddAzureStorage("storage").RunAsEmulator(azurite => azurite.WithDataBindMount(launch.DataDirectory("blobs"))).AddBlobs("blobs");

// The processes.
var api = builder.AddProject<Projects.ModelPlatform_Api>("api")
    .WithHttpEndpoint(port: publishing ? null : launch.ApiPort)
    .WithExternalHttpEndpoints();

var jobs = builder.AddProject<Projects.ModelPlatform_JobServer>("jobs")
    .WithHttpEndpoint()
    .WithReplicas(launch.JobServers);

// Models are loaded in a process of their own: their native memory, and what crashes it, stay out of the API.
var modelHost = builder.AddProject<Projects.ModelPlatform_ModelHost>("modelhost")
    .WithHttpEndpoint();

api.WithReference(modelHost);

var dashboard = builder.AddProject<Projects.ModelPlatform_Dashboard>("dashboard")
    .WithHttpEndpoint(port: publishing ? null : launch.DashboardPort)
    .WithExternalHttpEndpoints()
    .WithReference(api)
    .WaitFor(api);

foreach (var service in new[] { api, jobs, modelHost })
{
    service.WithReference(redis).WaitFor(redis);
    if (blobs is not null)
    {
        service.WithReference(blobs).WaitFor(blobs);
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
}
else
{
    // Everything else is inherited from this process's environment.
    foreach (var service in new[] { api, jobs, modelHost, dashboard })
    {
        service
            .WithEnvironment("MODELPLATFORM_DATA", launch.Data)
            .WithEnvironment("Chunks__Store", launch.Store)
            .WithEnvironment("Sources__FileSystem__Root", launch.Models);
    }

    builder.Services.AddHostedService(services => new FirstRun(
        services.GetRequiredService<ResourceNotificationService>(), launch, api.GetEndpoint("http"), dashboard.GetEndpoint("http")));
}

builder.Build().Run();
