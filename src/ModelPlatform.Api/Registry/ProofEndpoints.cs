using System.Globalization;
using ModelPlatform.Api.Access;
using ModelPlatform.Api.Errors;
using ModelPlatform.Integrity;
using ModelPlatform.Manifests;
using ModelPlatform.Manifests.Trust;
using ModelPlatform.Registry;
using ModelPlatform.Sources;

namespace ModelPlatform.Api.Registry;

/// <summary><c>GET /v2/models/{id}/proof/{chunkIndex}</c> and <c>…/verification</c>: what a reader needs in order to believe nothing.</summary>
internal static class ProofEndpoints
{
    public static void MapProofs(this IEndpointRouteBuilder app)
    {
        app.MapGet("/v2/models/{id}/proof/{chunkIndex}", ProveAsync)
            .WithName("GetChunkProof").WithSummary("The Merkle proof of one chunk of a file").WithTags("Registry").Produces<MerkleProof>();
        app.MapGet("/v2/models/{id}/verification", VerifyAsync)
            .WithName("VerifyModel").WithSummary("Structure, hashes and signatures of a manifest, checked against the trust root").WithTags("Registry").Produces<ManifestVerification>();
    }

    private static async Task<IResult> ProveAsync(ModelReference id, string chunkIndex, string? artifact, HttpContext context, IModelRegistry registry)
    {
        var model = await registry.FindAsync(id, context.RequestAborted);
        if (model is null || (model.Card.IsGated && !context.MayReadGated()))
        {
            return NoModel(id);
        }

        var file = artifact is null ? model.Manifest.Artifacts[0] : model.Manifest.Artifacts.FirstOrDefault(known => known.Path == artifact);
        if (file is null)
        {
            return new PlatformError(ErrorCode.NotFound, $"{model.Id} has no file of this path.").ToProblem();
        }

        if (!int.TryParse(chunkIndex, NumberStyles.None, CultureInfo.InvariantCulture, out var index))
        {
            return FieldErrors.Of("chunkIndex", "chunkIndex must be a number from 0.");
        }

        return index < file.Chunking.ChunkCount
            ? TypedResults.Ok(file.Chunking.Prove(index))
            : new PlatformError(ErrorCode.NotFound, $"{model.Id} has {file.Chunking.ChunkCount} chunks in this file, and none at {index}.").ToProblem();
    }

    private static async Task<IResult> VerifyAsync(ModelReference id, HttpContext context, IModelRegistry registry, IStoredManifests manifests, IManifestVerifier verifier)
    {
        // A manifest that is too damaged to be read as one is to be judged too, but only before who may read anything.
        ModelId stored;
        if (id.Version is { } version && context.MayReadGated())
        {
            stored = new ModelId(id.Name, version);
        }
        else
        {
            var model = await registry.FindAsync(id, context.RequestAborted);
            if (model is null || (model.Card.IsGated && !context.MayReadGated()))
            {
                return NoModel(id);
            }

            stored = model.Id;
        }

        return await manifests.ReadBytesAsync(stored, context.RequestAborted) is { } bytes
            ? TypedResults.Json(verifier.Verify(bytes), ManifestJson.Default.ManifestVerification)
            : NoModel(id);
    }

    private static ProblemResult NoModel(ModelReference id) => new PlatformError(ErrorCode.ModelNotFound, $"There is no model {id}.").ToProblem();
}
