using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ModelPlatform.Api.Access;
using ModelPlatform.Api.Errors;
using ModelPlatform.Api.Models;
using ModelPlatform.Api.OpenApi;
using ModelPlatform.Api.Registry;
using ModelPlatform.Api.Routing;
using ModelPlatform.Api.Runtimes;
using ModelPlatform.Api.Serving;
using ModelPlatform.Api.Storage;
using ModelPlatform.Api.Trust;
using ModelPlatform.Chunks;
using ModelPlatform.Chunks.Housekeeping;
using ModelPlatform.Events;
using ModelPlatform.Jobs;
using ModelPlatform.Plugins;
using ModelPlatform.Registry;
using ModelPlatform.Serving;
using ModelPlatform.Tests.Stores;
using StackExchange.Redis;

namespace ModelPlatform.Tests.Registry;

/// <summary>The registry's endpoints on Kestrel, over the stores of a <see cref="RegistryHost"/>.</summary>
internal sealed class RegistryApi : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly string directory;

    private RegistryApi(WebApplication app, string directory) => (this.app, this.directory) = (app, directory);

    public required HttpClient Client { get; init; }

    public static async Task<RegistryApi> StartAsync(GarnetServer garnet, RegistryHost host, params (string Key, string Value)[] settings)
    {
        var directory = Directory.CreateTempSubdirectory("mp-api-").FullName;
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection([new("MODELPLATFORM_DATA", directory), .. settings.Select(pair => new KeyValuePair<string, string?>(pair.Key, pair.Value))]);
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IConnectionMultiplexer>(await garnet.ConnectAsync());
        builder.Services.AddSingleton(host.Records);
        builder.Services.AddSingleton(host.Chunks);
        builder.Services.AddSingleton<ISourceCatalog>(new NoSources());
        builder.AddRegistry();
        builder.AddServing();
        builder.AddHousekeeping();
        builder.Services.Configure<ChunkStoreOptions>(builder.Configuration.GetSection(ChunkStoreOptions.Section));
        builder.AddEvents();
        builder.AddJobs();
        builder.AddErrors();
        builder.AddAccess();
        builder.AddPaths();
        builder.AddServedFiles();
        builder.AddServedManifests();
        builder.AddModelStates();
        builder.AddRuntimes();
        builder.AddOpenApiDocument();

        var app = builder.Build();
        app.UseErrors();
        app.UsePathsAsSent();
        app.UseAccess();
        app.MapModelList();
        app.MapManagedModels();
        app.MapStorage();
        app.MapRuntimes();
        app.MapStatistics();
        app.MapRegistryRebuild();
        app.MapTrustRotation();
        var registry = app.MapGroup(string.Empty).WithReadsFromAnyOrigin();
        registry.MapRegistry();
        registry.MapTrustKeys();
        registry.MapArtifacts();
        await app.StartAsync(CancellationToken.None);
        var address = new Uri(app.Services.GetRequiredService<Microsoft.AspNetCore.Hosting.Server.IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return new RegistryApi(app, directory) { Client = new HttpClient { BaseAddress = address } };
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        var connection = app.Services.GetRequiredService<IConnectionMultiplexer>();
        await app.StopAsync();
        await app.DisposeAsync();
        await connection.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }

    private sealed class NoSources : ISourceCatalog
    {
        public IReadOnlyList<string> Names => [];

        public bool TryAcquire(string source, [NotNullWhen(true)] out SourceLease? lease)
        {
            lease = null;
            return false;
        }
    }
}
