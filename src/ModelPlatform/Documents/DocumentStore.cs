using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ModelPlatform.Documents.Log;
using ModelPlatform.Documents.Replication;
using ModelPlatform.Sources;

namespace ModelPlatform.Documents;

/// <summary>Documents as the log holds them: each field a state of its own.</summary>
internal sealed class DocumentStore(DocumentLog log) : IDocumentStore
{
    public Task StoreAsync(DocumentKey key, string field, BlobReference reference, CancellationToken cancellationToken) =>
        WriteAsync(key, field, JsonSerializer.SerializeToUtf8Bytes(reference, DocumentsJson.Default.BlobReference), cancellationToken);

    public ValueTask<BlobReference?> FindAsync(DocumentKey key, string field, CancellationToken cancellationToken) => ReadAsync(key, field, DocumentsJson.Default.BlobReference, cancellationToken);

    public Task<bool> RemoveAsync(DocumentKey key, string field, CancellationToken cancellationToken) => log.ChangeAsync(draft => Remove(draft, new FieldKey(key.Collection, key.Id, field)), cancellationToken);

    public Task<bool> RemoveDocumentAsync(DocumentKey key, CancellationToken cancellationToken) => log.ChangeAsync(draft =>
    {
        var fields = draft.Map.FindDocument(key.Collection, key.Id)?.Keys ?? [];
        return fields.ToList().ConvertAll(field => Remove(draft, new FieldKey(key.Collection, key.Id, field))).Contains(true);
    }, cancellationToken);

    public async ValueTask<IReadOnlyDictionary<string, BlobReference>?> ListReferencesAsync(DocumentKey key, CancellationToken cancellationToken)
    {
        var fields = await log.ReadAsync(view => view.Map.FindDocument(key.Collection, key.Id)?.Where(field => field.Key != DocumentKey.ReservedField).Select(field => field.Value.State).ToList(), cancellationToken);
        return fields?.Where(state => state.Value is not null).OrderBy(state => state.Field, StringComparer.Ordinal).ToDictionary(state => state.Field, state => Parse(state, DocumentsJson.Default.BlobReference), StringComparer.Ordinal);
    }

    public Task StoreDocumentAsync(DocumentKey key, ModelRegistryDocument document, CancellationToken cancellationToken) =>
        WriteAsync(key, DocumentKey.ReservedField, JsonSerializer.SerializeToUtf8Bytes(document, DocumentsJson.Default.ModelRegistryDocument), cancellationToken);

    public ValueTask<ModelRegistryDocument?> FindDocumentAsync(DocumentKey key, CancellationToken cancellationToken) =>
        ReadAsync(key, DocumentKey.ReservedField, DocumentsJson.Default.ModelRegistryDocument, cancellationToken);

    public ValueTask<DocumentPage> ListAsync(string collection, string? after, int limit, CancellationToken cancellationToken) => log.ReadAsync(view =>
    {
        var ids = view.Map.Ids(collection, after).Where(id => view.Map.FindDocument(collection, id)!.Values.Any(field => field.State.Value is not null)).Take(limit + 1).ToList();
        return ids.Count > limit ? new DocumentPage(ids[..limit], ids[limit - 1]) : new DocumentPage(ids, null);
    }, cancellationToken);

    private static bool Remove(LogDraft draft, FieldKey key)
    {
        if (draft.Find(key)?.Value is null)
        {
            return false;
        }

        draft.Write(key, null);
        return true;
    }

    private Task<bool> WriteAsync(DocumentKey key, string field, byte[] value, CancellationToken cancellationToken) => log.ChangeAsync(draft =>
    {
        draft.Write(new FieldKey(key.Collection, key.Id, field), new RawJson(value));
        return true;
    }, cancellationToken);

    private async ValueTask<T?> ReadAsync<T>(DocumentKey key, string field, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        var state = await log.ReadAsync(view => view.Map.Find(new FieldKey(key.Collection, key.Id, field))?.State, cancellationToken);
        return state?.Value is null ? null : Parse(state, type);
    }

    private static T Parse<T>(FieldState state, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(state.Value!.Utf8.Span, type) ?? throw new JsonException("It is null.");
        }
        catch (JsonException exception)
        {
            throw new PlatformException(new PlatformError(ErrorCode.IntegrityFailed, $"Field {state.Key} cannot be read: {exception.Message}"), exception);
        }
    }
}
