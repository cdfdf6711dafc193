using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using ModelPlatform.Documents;
using ModelPlatform.Sites.Models;

namespace ModelPlatform.Api.Documents;

/// <summary>Stores a reference and brings its blob here, told as server-sent events.</summary>
internal static class BlobFetchEndpoint
{
    public static void MapBlobFetch(this IEndpointRouteBuilder app) => app.MapPost("/v2/documents/{collection}/{docId}/{field}/fetch", StoreAndFetchAsync)
        .WithName("StoreAndFetchBlob").WithSummary("Stores a blob reference, then fetches the blob here from the sites that hold it; progress as server-sent events: stored, waiting, progress, complete, failed")
        .WithTags("Documents").Accepts<BlobReference>("application/json").Produces<BlobFetchStep>(contentType: "text/event-stream");

    private static async Task<IResult> StoreAndFetchAsync(string collection, string docId, string field, HttpRequest request, IDocumentStore documents, IBlobFetcher fetcher, CancellationToken cancellationToken)
    {
        var (reference, problem) = await DocumentEndpoints.StoreReferenceAsync(collection, docId, field, request, documents, cancellationToken);
        return problem ?? (IResult)TypedResults.ServerSentEvents(StepsAsync(reference!, fetcher, cancellationToken));
    }

    private static async IAsyncEnumerable<SseItem<BlobFetchStep>> StepsAsync(BlobReference reference, IBlobFetcher fetcher, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return new SseItem<BlobFetchStep>(new BlobFetchStep("stored"), "stored");
        await foreach (var step in fetcher.FetchAsync(reference, cancellationToken))
        {
            yield return new SseItem<BlobFetchStep>(step, step.Step);
        }
    }
}
