using ModelPlatform.Api.Access;
using ModelPlatform.Api.Errors;
using ModelPlatform.Chunks;
using ModelPlatform.Integrity;
using ModelPlatform.Manifests;
using ModelPlatform.Serving;
using ModelPlatform.Sources;

namespace ModelPlatform.Api.Serving;

/// <summary><c>GET|HEAD /v2/chunks/{sha256}</c>: one chunk, for sites and clients that assemble files themselves.</summary>
internal static class ChunkEndpoints
{
    private const string ForEver = "max-age=31536000, immutable";

    public static void MapChunks(this IEndpointRouteBuilder app) => app
        .MapGet("/v2/chunks/{sha256}", GetAsync)
        .WithName("GetChunk").WithSummary("Downloads one chunk by its SHA-256").WithTags("Registry")
        .Produces(StatusCodes.Status200OK, contentType: "application/octet-stream").Produces(StatusCodes.Status206PartialContent, contentType: "application/octet-stream")
        .Produces(StatusCodes.Status304NotModified);

    private static async Task<IResult> GetAsync(string sha256, HttpContext context, IChunkStore chunks, GatedChunks gated, IArtifactReader reader)
    {
        if (!Sha256Digest.TryParse(sha256, out var id))
        {
            return FieldErrors.Of("sha256", "sha256 must be 64 hex digits.");
        }

        if (await chunks.ReadAsync(id, Memory<byte>.Empty, context.RequestAborted) is not { } length ||
            (!context.MayReadGated() && await gated.ContainsAsync(id, context.RequestAborted)))
        {
            return new PlatformError(ErrorCode.NotFound, $"There is no chunk {id}.").ToProblem();
        }

        // A chunk is read as a file of one chunk: the same proof, the same bounds on memory.
        var alone = new ManifestArtifact
        {
            Path = id.ToString(),
            Size = length,
            Sha256 = id,
            Chunking = new ManifestChunking { ChunkSize = Math.Max(1, length), ChunkCount = 1, ChunkHashes = [id] },
            MerkleRoot = id,
        };
        return new ServedFileResult(new ServedFile(alone.Path, length, id, (offset, count, to, token) => reader.CopyToAsync(alone, offset, count, to, token)) { Freshness = ForEver });
    }
}
