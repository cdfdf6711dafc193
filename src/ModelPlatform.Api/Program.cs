using ModelPlatform.Api.Access;
using ModelPlatform.Api.Documents;
using ModelPlatform.Api.Errors;
using ModelPlatform.Api.Events;
using ModelPlatform.Api.Jobs;
using ModelPlatform.Api.JobsDashboard;
using ModelPlatform.Api.Models;
using ModelPlatform.Api.OpenApi;
using ModelPlatform.Api.Plugins;
using ModelPlatform.Api.Registry;
using ModelPlatform.Api.Routing;
using ModelPlatform.Api.Runtimes;
using ModelPlatform.Api.Serving;
using ModelPlatform.Api.Sites;
using ModelPlatform.Api.Storage;
using ModelPlatform.Api.Trust;
using ModelPlatform.Api.Uploads;
using ModelPlatform.Api.Webhooks;
using ModelPlatform.Chunks;
using ModelPlatform.Chunks.Housekeeping;
using ModelPlatform.Documents;
using ModelPlatform.Events;
using ModelPlatform.Jobs;
using ModelPlatform.Manifests;
using ModelPlatform.Plugins;
using ModelPlatform.Registry;
using ModelPlatform.Serving;
using ModelPlatform.Sites;

return await ServiceHost.RunOrExplainAsync(args, Add, Map);

static void Add(WebApplicationBuilder builder)
{
    builder.AddServiceDefaults();
    builder.AddStoreClients();

    builder.AddChunkStore();
    builder.AddRecordStore();
    builder.AddRegistry();
    builder.AddDocuments();
    builder.AddSites();
    builder.AddServing();
    builder.AddPlugins();
    builder.AddEvents();
    builder.AddJobs();
    builder.AddHousekeeping();

    builder.AddErrors();
    builder.AddAccess();
    builder.AddPaths();
    builder.AddServedFiles();
    builder.AddServedManifests();
    builder.AddModelStates();
    builder.AddRuntimes();
    builder.AddUploads();
    builder.AddOpenApiDocument();
}

static void Map(WebApplication app)
{
    app.UseErrors();
    app.UsePathsAsSent();
    app.UseAccess();
    app.UseJobsDashboard();
    app.UseWebSockets();

    app.MapDefaultEndpoints(guardsMetrics: true);
    app.MapOpenApiDocument();

    // CONTRACTS §1 and §5: jobs, events, plugins, storage, models under management. Never anonymous, never from other origins.
    app.MapJobs();
    app.MapEvents();
    app.MapPlugins();
    app.MapModelList();
    app.MapManagedModels();
    app.MapRuntimes();
    app.MapStatistics();
    app.MapRegistryRebuild();
    app.MapTrustRotation();
    app.MapDocumentChanges();
    app.MapBlobFetch();
    app.MapSites();
    app.MapSync();
    app.MapUploads();
    app.MapStorage();
    app.MapWebhooks();

    // CONTRACTS §2: the registry. Reads may be opened to anybody, and to pages of any origin.
    var registry = app.MapGroup("").WithReadsFromAnyOrigin();
    registry.MapRegistry();
    registry.MapTrustKeys();
    registry.MapArtifacts();
    registry.MapChunks();

    // CONTRACTS §3: documents. Reads may be opened to anybody.
    var documents = app.MapGroup("").WithReads();
    documents.MapDocuments();
}
