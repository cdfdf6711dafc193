using ModelPlatform.Api.Access;
using ModelPlatform.Api.Errors;
using ModelPlatform.Registry;
using ModelPlatform.Serving;
using ModelPlatform.Sources;

namespace ModelPlatform.Api.Serving;

/// <summary><c>GET|HEAD /v2/models/{id}/artifacts/{path}</c>: one file of a model.</summary>
internal static class ArtifactEndpoints
{
    public static void MapArtifacts(this IEndpointRouteBuilder app) => app
        .MapGet("/v2/models/{id}/artifacts/{**path}", GetAsync)
        .WithName("GetArtifact").WithSummary("Downloads one file of a model, whole or in ranges, each byte proven against the manifest").WithTags("Registry")
        .Produces(StatusCodes.Status200OK, contentType: "application/octet-stream").Produces(StatusCodes.Status206PartialContent, contentType: "application/octet-stream")
        .Produces(StatusCodes.Status304NotModified);

    private static async Task<IResult> GetAsync(ModelReference id, string path, HttpContext context, IModelRegistry registry, IArtifactReader reader)
    {
        if (IsAbsolute(path))
        {
            return new PlatformError(ErrorCode.SecurityViolation, "The path of an artifact is relative.").ToProblem();
        }

        var model = await registry.FindAsync(id, context.RequestAborted);
        if (model is null || (model.Card.IsGated && !context.MayReadGated()))
        {
            return new PlatformError(ErrorCode.ModelNotFound, $"There is no model {id}.").ToProblem();
        }

        var artifact = model.Manifest.Artifacts.FirstOrDefault(artifact => artifact.Path == path);
        return artifact is null
            ? new PlatformError(ErrorCode.NotFound, $"{model.Id} has no file of this path.").ToProblem()
            : new ServedFileResult(new ServedFile(artifact.Path, artifact.Size, artifact.Sha256, (offset, length, to, token) => reader.CopyToAsync(artifact, offset, length, to, token))
            {
                LastModified = model.Card.PublishedAt,
            });
    }

    private static bool IsAbsolute(string path) => path.StartsWith('/') || path.StartsWith('\\') || (path.Length > 1 && char.IsAsciiLetter(path[0]) && path[1] == ':');
}
