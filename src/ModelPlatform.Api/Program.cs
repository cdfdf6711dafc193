using ModelPlatform.Api.Access;
using ModelPlatform.Api.Errors;
using ModelPlatform.Api.OpenApi;
using ModelPlatform.Api.Routing;

return await ServiceHost.RunOrExplainAsync(args, Add, Map);

static void Add(WebApplicationBuilder builder)
{
    builder.AddServiceDefaults();
    builder.AddStoreClients();

    builder.AddErrors();
    builder.AddAccess();
    builder.AddPaths();
    builder.AddOpenApiDocument();
}

static void Map(WebApplication app)
{
    app.UseErrors();
    app.UsePathsAsSent();
    app.UseAccess();

    app.MapDefaultEndpoints();
    app.MapOpenApiDocument();

    // CONTRACTS §1 and §5: jobs, plugins, storage, models under management. No other origin, no anonymous reading.

    // CONTRACTS §2: the registry. Reads may be opened to anybody, and to pages of any origin.
    var registry = app.MapGroup("").WithReadsFromAnyOrigin();

    // CONTRACTS §3: documents. Reads may be opened to anybody.
    var documents = app.MapGroup("").WithReads();
}
