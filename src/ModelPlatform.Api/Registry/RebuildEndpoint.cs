using ModelPlatform.Registry;

namespace ModelPlatform.Api.Registry;

/// <summary><c>POST /v1/registry/rebuild</c>: the catalog's index anew from the manifests.</summary>
internal static class RebuildEndpoint
{
    public static void MapRegistryRebuild(this IEndpointRouteBuilder app) => app
        .MapPost("/v1/registry/rebuild", async (IRegistryIndex index, CancellationToken cancellationToken) => TypedResults.Ok(await index.RebuildAsync(cancellationToken)))
        .WithName("RebuildRegistry").WithSummary("Makes the catalog's index anew from the manifests, and names those that cannot be used").WithTags("Registry");
}
