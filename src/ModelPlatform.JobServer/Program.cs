using ModelPlatform.Chunks;
using ModelPlatform.Chunks.Housekeeping;
using ModelPlatform.Events;
using ModelPlatform.Fetching;
using ModelPlatform.Jobs;
using ModelPlatform.Manifests;
using ModelPlatform.Plugins;
using ModelPlatform.Registry;
using ModelPlatform.Serving;
using ModelPlatform.Sites;

return await ServiceHost.RunOrExplainAsync(args, Add, app => app.MapDefaultEndpoints());

static void Add(WebApplicationBuilder builder)
{
    builder.AddServiceDefaults();
    builder.AddStoreClients();

    builder.AddChunkStore();
    builder.AddRecordStore();
    builder.AddSiteDirectory();
    builder.AddPlugins();
    builder.AddFetching();
    builder.AddRegistry();
    builder.AddServing();
    builder.AddEvents();
    builder.AddJobs();
    builder.AddJobRunner();
    builder.AddHousekeeping();
}
