using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ModelPlatform.Api.Errors;
using ModelPlatform.Documents;
using ModelPlatform.Sources;

namespace ModelPlatform.Api.Documents;

/// <summary><c>/v2/documents</c>: references to blobs in documents, and whole registry documents, in the JSON deployed sites write.</summary>
internal static class DocumentEndpoints
{
    private const int LargestPage = 1000;
    private const int LongestHash = 512;
    private const string Reference = "/v2/documents/{collection}/{docId}/{field}";
    private const string Whole = "/v2/documents/{collection}/{docId}/document";

    /// <summary>Maps what reads; <see cref="MapDocumentChanges"/> maps the rest, which no anonymous caller may use.</summary>
    public static void MapDocuments(this IEndpointRouteBuilder app)
    {
        app.MapGet("/v2/documents/{collection}", ListAsync).WithName("ListDocuments").WithSummary("Ids of a collection's documents").WithTags("Documents").Produces<DocumentList>();
        app.MapGet("/v2/documents/{collection}/{docId}", ListReferencesAsync)
            .WithName("GetDocumentReferences").WithSummary("Every blob reference of a document by field").WithTags("Documents").Produces<IReadOnlyDictionary<string, BlobReference>>();
        app.MapGet(Reference, FindAsync).WithName("GetBlobReference").WithSummary("One blob reference").WithTags("Documents").Produces<BlobReference>();
        app.MapGet(Whole, FindDocumentAsync).WithName("GetDocument").WithSummary("A whole registry document").WithTags("Documents").Produces<ModelRegistryDocument>();
    }

    public static void MapDocumentChanges(this IEndpointRouteBuilder app)
    {
        app.MapPut(Reference, StoreAsync).WithName("PutBlobReference").WithSummary("Stores a blob reference").WithTags("Documents")
            .Accepts<BlobReference>("application/json").Produces<BlobReference>();
        app.MapDelete(Reference, RemoveAsync).WithName("DeleteBlobReference").WithSummary("Sets a reference to null; the blob stays").WithTags("Documents").Produces(StatusCodes.Status204NoContent);
        app.MapDelete("/v2/documents/{collection}/{docId}", RemoveDocumentAsync).WithName("DeleteDocument").WithSummary("Sets every field of a document to null; what they point to stays").WithTags("Documents").Produces(StatusCodes.Status204NoContent);
        app.MapPut(Whole, StoreDocumentAsync).WithName("PutDocument").WithSummary("Stores a whole registry document").WithTags("Documents")
            .Accepts<ModelRegistryDocument>("application/json").Produces<ModelRegistryDocument>();
    }

    private static async Task<IResult> ListAsync(string collection, string? limit, string? cursor, IDocumentStore documents, CancellationToken cancellationToken)
    {
        var errors = new FieldErrors();
        var size = 100;
        if (!DocumentKey.IsValidName(collection))
        {
            errors.Add("collection", "collection is not a valid name.");
        }

        if (!string.IsNullOrEmpty(limit) && (!int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out size) || size is < 1 or > LargestPage))
        {
            errors.Add("limit", $"limit must be from 1 to {LargestPage}.");
        }

        string? after = null;
        if (!string.IsNullOrEmpty(cursor))
        {
            after = Base64Url.IsValid(cursor) ? Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor)) : null;
            if (!DocumentKey.TryCreate(collection, after, out _))
            {
                errors.Add("cursor", "cursor is not one that a page gave.");
            }
        }

        if (errors.Any)
        {
            return errors.ToProblem();
        }

        var page = await documents.ListAsync(collection, after, size, cancellationToken);
        return TypedResults.Ok(new DocumentList(page.Documents, page.Next is null ? null : Base64Url.EncodeToString(Encoding.UTF8.GetBytes(page.Next))));
    }

    private static async Task<IResult> ListReferencesAsync(string collection, string docId, IDocumentStore documents, CancellationToken cancellationToken) =>
        Check(collection, docId, null, out var key) ??
        (await documents.ListReferencesAsync(key, cancellationToken) is { } found ? (IResult)TypedResults.Json(found, DocumentsJson.Default.BlobReferences) : NotFound($"There is no document {docId} in {collection}."));

    private static async Task<IResult> FindAsync(string collection, string docId, string field, IDocumentStore documents, CancellationToken cancellationToken) =>
        Check(collection, docId, field, out var key) ??
        (await documents.FindAsync(key, field, cancellationToken) is { } found ? (IResult)TypedResults.Json(found, DocumentsJson.Default.BlobReference) : NotFound($"Document {docId} of {collection} has no reference {field}."));

    private static async Task<IResult> FindDocumentAsync(string collection, string docId, IDocumentStore documents, CancellationToken cancellationToken) =>
        Check(collection, docId, null, out var key) ??
        (await documents.FindDocumentAsync(key, cancellationToken) is { } found ? (IResult)TypedResults.Json(found, DocumentsJson.Default.ModelRegistryDocument) : NotFound($"There is no document {docId} in {collection}."));

    /// <summary>Checks and stores the reference of a body.</summary>
    /// <returns>The reference, or what is wrong.</returns>
    internal static async Task<(BlobReference? Reference, ProblemResult? Problem)> StoreReferenceAsync(string collection, string docId, string field, HttpRequest request, IDocumentStore documents, CancellationToken cancellationToken)
    {
        if (Check(collection, docId, field, out var key) is { } problem)
        {
            return (null, problem);
        }

        var (reference, unreadable) = await ReadAsync(request, DocumentsJson.Default.BlobReference, cancellationToken);
        if ((unreadable ?? FindFault(reference!)) is { } refused)
        {
            return (null, refused);
        }

        await documents.StoreAsync(key, field, reference!, cancellationToken);
        return (reference, null);
    }

    private static async Task<IResult> StoreAsync(string collection, string docId, string field, HttpRequest request, IDocumentStore documents, CancellationToken cancellationToken)
    {
        var (reference, problem) = await StoreReferenceAsync(collection, docId, field, request, documents, cancellationToken);
        return problem ?? (IResult)TypedResults.Json(reference!, DocumentsJson.Default.BlobReference);
    }

    private static async Task<IResult> RemoveAsync(string collection, string docId, string field, IDocumentStore documents, CancellationToken cancellationToken) =>
        Check(collection, docId, field, out var key) ??
        (await documents.RemoveAsync(key, field, cancellationToken) ? (IResult)TypedResults.NoContent() : NotFound($"Document {docId} of {collection} has no reference {field}."));

    private static async Task<IResult> RemoveDocumentAsync(string collection, string docId, IDocumentStore documents, CancellationToken cancellationToken) =>
        Check(collection, docId, null, out var key) ??
        (await documents.RemoveDocumentAsync(key, cancellationToken) ? (IResult)TypedResults.NoContent() : NotFound($"There is no document {docId} in {collection}."));

    private static async Task<IResult> StoreDocumentAsync(string collection, string docId, HttpRequest request, IDocumentStore documents, CancellationToken cancellationToken)
    {
        if (Check(collection, docId, null, out var key) is { } problem)
        {
            return problem;
        }

        var (document, unreadable) = await ReadAsync(request, DocumentsJson.Default.ModelRegistryDocument, cancellationToken);
        if (unreadable is not null)
        {
            return unreadable;
        }

        if (document!.DocumentId != docId)
        {
            return FieldErrors.Of("model_id", $"The document is {document.DocumentId}; the path names {docId}.");
        }

        if (document.Variants.Values.Select(variant => FindFault(variant.Blob)).FirstOrDefault(fault => fault is not null) is { } wrong)
        {
            return wrong;
        }

        await documents.StoreDocumentAsync(key, document, cancellationToken);
        return TypedResults.Json(document, DocumentsJson.Default.ModelRegistryDocument);
    }

    private static ProblemResult? Check(string collection, string docId, string? field, out DocumentKey key)
    {
        var errors = new FieldErrors();
        if (!DocumentKey.TryCreate(collection, docId, out key))
        {
            errors.Add("docId", "collection or docId is not a valid name.");
        }

        if (field is not null && (!DocumentKey.IsValidName(field) || field == DocumentKey.ReservedField))
        {
            errors.Add("field", "field is not a valid name.");
        }

        return errors.Any ? errors.ToProblem() : null;
    }

    private static async Task<(T? Value, ProblemResult? Problem)> ReadAsync<T>(HttpRequest request, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        if (!request.HasJsonContentType())
        {
            return (null, new PlatformError(ErrorCode.UnsupportedMediaType, "The body must be application/json.").ToProblem());
        }

        try
        {
            return await JsonSerializer.DeserializeAsync(request.Body, type, cancellationToken) is { } value ? (value, null) : (null, FieldErrors.Of("body", "The body is null."));
        }
        catch (JsonException exception)
        {
            return (null, FieldErrors.Of(exception.Path is { Length: > 2 } path ? path[2..] : "body", "The body is not the JSON expected here."));
        }
    }

    private static ProblemResult? FindFault(BlobReference reference) =>
        reference.Hash.Length is 0 or > LongestHash ? FieldErrors.Of("hash", $"hash must have 1 to {LongestHash} characters.")
        : reference.SizeBytes < 0 ? FieldErrors.Of("size_bytes", "size_bytes must not be negative.")
        : null;

    private static ProblemResult NotFound(string message) => new PlatformError(ErrorCode.NotFound, message).ToProblem();

    private sealed record DocumentList(IReadOnlyList<string> Documents, string? NextCursor);
}
