using Microsoft.Net.Http.Headers;
using ModelPlatform.Api.Access;
using ModelPlatform.Api.Errors;
using ModelPlatform.Api.Serving;
using ModelPlatform.Manifests;
using ModelPlatform.Registry;
using ModelPlatform.Sources;

namespace ModelPlatform.Api.Registry;

/// <summary><c>GET|HEAD /v2/manifests/{id}</c>: a model's manifest, with where to download it.</summary>
internal static class ManifestEndpoints
{
    public static void MapManifests(this IEndpointRouteBuilder app) => app
        .MapGet("/v2/manifests/{id}", GetAsync)
        .WithName("GetManifest").WithSummary("The signed manifest of a model").WithTags("Registry")
        .Produces<Manifest>().Produces(StatusCodes.Status304NotModified);

    private static async Task<IResult> GetAsync(ModelReference id, string? version, HttpContext context, IModelRegistry registry, ServedManifests served)
    {
        if (!string.IsNullOrEmpty(version))
        {
            if (!ModelId.IsValidVersion(version) || id.Alias is not null || (id.Version is not null && id.Version != version))
            {
                return FieldErrors.Of("version", "version must be a version, and the one in the path where that names one.");
            }

            id = id with { Version = version };
        }

        var model = await registry.FindAsync(id, context.RequestAborted);
        if (model is null || (model.Card.IsGated && !context.MayReadGated()))
        {
            return new PlatformError(ErrorCode.ModelNotFound, $"There is no model {id}.").ToProblem();
        }

        var (content, etag) = served.Get(model, context.Request);
        var headers = context.Response.GetTypedHeaders();
        headers.ETag = etag;
        headers.LastModified = Preconditions.WholeSeconds(model.Card.PublishedAt);
        headers.CacheControl = new CacheControlHeaderValue { NoCache = true, Private = model.Card.IsGated };
        return Preconditions.Evaluate(context.Request, etag, model.Card.PublishedAt) switch
        {
            PreconditionState.NotModified => TypedResults.StatusCode(StatusCodes.Status304NotModified),
            PreconditionState.Failed => new PlatformError(ErrorCode.PreconditionFailed, $"The manifest of {model.Id} is not the one named by the condition.").ToProblem(),
            _ => TypedResults.Bytes(content, "application/json"),
        };
    }
}
