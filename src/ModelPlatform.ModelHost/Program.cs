using ModelPlatform.Chunks;
using ModelPlatform.Events;
using ModelPlatform.Manifests;
using ModelPlatform.ModelHost.Hosting;
using ModelPlatform.Plugins;
using ModelPlatform.Registry;
using ModelPlatform.Serving;

return await ServiceHost.RunOrExplainAsync(args, Add, Map);

static void Add(WebApplicationBuilder builder)
{
    builder.AddServiceDefaults();
    builder.AddStoreClients();

    builder.AddChunkStore();
    builder.AddRecordStore();
    builder.AddRegistry();
    builder.AddServing();
    builder.AddEvents();
    builder.AddPlugins(withRuntimes: true);
    builder.AddModelHost();
}

static void Map(WebApplication app)
{
    app.UseHostAccess();
    app.MapDefaultEndpoints();
    app.MapHost();
}
