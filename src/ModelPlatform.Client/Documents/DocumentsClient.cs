using System.Text.Json;
using ModelPlatform.Client.Connection;

namespace ModelPlatform.Client.Documents;

/// <summary>Documents that hold references to blobs, exchanged between sites.</summary>
public sealed class DocumentsClient
{
    private readonly ApiConnection connection;

    internal DocumentsClient(ApiConnection connection) => this.connection = connection;

    /// <summary>A page of a collection's documents.</summary>
    public Task<ApiResult<DocumentList>> ListAsync(string collection, int limit = 100, string? cursor = null, CancellationToken cancellationToken = default) =>
        connection.GetAsync($"/v2/documents/{Uri.EscapeDataString(collection)}?limit={limit}{(cursor is null ? string.Empty : $"&cursor={Uri.EscapeDataString(cursor)}")}", ApiJson.Default.DocumentList, cancellationToken);

    /// <summary>Every blob reference of a document by field.</summary>
    public Task<ApiResult<Dictionary<string, BlobReference>>> GetReferencesAsync(string collection, string id, CancellationToken cancellationToken = default) =>
        connection.GetAsync(Path(collection, id), ApiJson.Default.DictionaryStringBlobReference, cancellationToken);

    /// <summary>One blob reference.</summary>
    public Task<ApiResult<BlobReference>> GetAsync(string collection, string id, string field, CancellationToken cancellationToken = default) =>
        connection.GetAsync($"{Path(collection, id)}/{Uri.EscapeDataString(field)}", ApiJson.Default.BlobReference, cancellationToken);

    /// <summary>A whole registry document, as it is written.</summary>
    public Task<ApiResult<JsonElement>> GetDocumentAsync(string collection, string id, CancellationToken cancellationToken = default) =>
        connection.GetAsync($"{Path(collection, id)}/document", ApiJson.Default.JsonElement, cancellationToken);

    /// <summary>Stores a blob reference.</summary>
    public Task<ApiResult<BlobReference>> PutAsync(string collection, string id, string field, BlobReference reference, CancellationToken cancellationToken = default) =>
        connection.SendAsync(HttpMethod.Put, $"{Path(collection, id)}/{Uri.EscapeDataString(field)}", reference, ApiJson.Default.BlobReference, ApiJson.Default.BlobReference, cancellationToken);

    /// <summary>Sets a field to null, or every field where none is named; what they point to stays.</summary>
    public Task<ApiResult<Acknowledgement>> RemoveAsync(string collection, string id, string? field = null, CancellationToken cancellationToken = default) =>
        connection.SendAsync(HttpMethod.Delete, field is null ? Path(collection, id) : $"{Path(collection, id)}/{Uri.EscapeDataString(field)}", null, ApiJson.Default.Acknowledgement, cancellationToken);

    private static string Path(string collection, string id) => $"/v2/documents/{Uri.EscapeDataString(collection)}/{Uri.EscapeDataString(id)}";
}
