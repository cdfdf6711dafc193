using System.Globalization;
using Microsoft.AspNetCore.Http.Metadata;
using ModelPlatform.Api.Access;
using ModelPlatform.Api.Errors;
using ModelPlatform.Sites.Exchange;
using ModelPlatform.Sources;

namespace ModelPlatform.Api.Sites;

/// <summary><c>/v2/sync</c>: what sites say to each other. Never anonymous; a site's own token opens it.</summary>
internal static class SyncEndpoints
{
    private const string Json = "application/json";
    private const string Bytes = "application/octet-stream";

    public static void MapSync(this IEndpointRouteBuilder app)
    {
        var sync = app.MapGroup("/v2/sync").WithTags("Sites").ForSites().WithMetadata(new PageSizeMetadata());
        sync.MapGet("/changes", ReadAsync).WithName("GetChanges").WithSummary("Changes after a position, page by page, without what the asking site has").Produces(StatusCodes.Status200OK, contentType: Json);
        sync.MapPost("/changes", async (HttpRequest request, ISyncAnswers answers, CancellationToken cancel) => Answer(await answers.TakeChangesAsync(request.Body, cancel), Json))
            .WithName("PostChanges").WithSummary("Takes in changes of a known site").Produces(StatusCodes.Status200OK, contentType: Json);
        sync.MapGet("/digest", async (ISyncAnswers answers, CancellationToken cancel) => TypedResults.Bytes(await answers.ReadDigestAsync(cancel), Bytes))
            .WithName("GetDigest").WithSummary("The digest of all documents: 16 bytes for each of 1024 buckets").Produces(StatusCodes.Status200OK, contentType: Bytes);
        sync.MapPost("/buckets", async (HttpRequest request, ISyncAnswers answers, CancellationToken cancel) => Answer(await answers.ReadBucketsAsync(request.Body, cancel), Bytes))
            .WithName("ReadBuckets").WithSummary("What some buckets of the digest contain: 8 bytes a field").Produces(StatusCodes.Status200OK, contentType: Bytes);
        sync.MapPost("/states", async (HttpRequest request, ISyncAnswers answers, CancellationToken cancel) => Answer(await answers.ReadStatesAsync(request.Body, cancel), Json))
            .WithName("ReadStates").WithSummary("Fields by the names their bucket gives them").Produces(StatusCodes.Status200OK, contentType: Json);
    }

    private static async Task<IResult> ReadAsync(string? since, string? limit, string? have, ISyncAnswers answers, CancellationToken cancellationToken)
    {
        var errors = new FieldErrors();
        var (position, most) = (0L, 0);
        if (!string.IsNullOrEmpty(since) && !long.TryParse(since, NumberStyles.None, CultureInfo.InvariantCulture, out position))
        {
            errors.Add("since", "since is a position that a page gave as next.");
        }

        if (!string.IsNullOrEmpty(limit) && (!int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out most) || most < 1))
        {
            errors.Add("limit", "limit must be a number from 1.");
        }

        return errors.Any ? errors.ToProblem() : Answer(await answers.ReadChangesAsync(position, most == 0 ? null : most, have, cancellationToken), Json);
    }

    private static IResult Answer(Result<ReadOnlyMemory<byte>> answer, string type) => answer.TryGet(out var bytes, out var error) ? TypedResults.Bytes(bytes, type) : error.ToProblem();

    /// <summary>Pages of changes are longer than other JSON may be; the exchange bounds them itself.</summary>
    private sealed class PageSizeMetadata : IRequestSizeLimitMetadata
    {
        public long? MaxRequestBodySize => 32L * 1024 * 1024;
    }
}
