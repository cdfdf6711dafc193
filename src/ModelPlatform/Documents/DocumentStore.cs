using System.Text.Json;
using ModelPlatform.Manifests;
using ModelPlatform.Sources;

namespace ModelPlatform.Documents;

/// <summary>A record for each document.</summary>
internal sealed class DocumentStore(IRecordStore store) : IDocumentStore
{
    public Task StoreAsync(DocumentKey key, string field, BlobReference reference, CancellationToken cancellationToken) => ChangeAsync(key, document =>
    {
        document.Fields[field] = reference;
        return document;
    }, cancellationToken);

    public async ValueTask<BlobReference?> FindAsync(DocumentKey key, string field, CancellationToken cancellationToken) =>
        (await ReadAsync(key, cancellationToken)).Document?.Fields.GetValueOrDefault(field);

    public async Task<bool> RemoveAsync(DocumentKey key, string field, CancellationToken cancellationToken)
    {
        var removed = false;
        await ChangeAsync(key, document =>
        {
            removed = document.Fields.GetValueOrDefault(field) is not null;
            if (!removed)
            {
                return null;
            }

            document.Fields[field] = null;
            return document;
        }, cancellationToken);
        return removed;
    }

    public async ValueTask<IReadOnlyDictionary<string, BlobReference>?> ListReferencesAsync(DocumentKey key, CancellationToken cancellationToken) =>
        (await ReadAsync(key, cancellationToken)).Document?.Fields.Where(field => field.Value is not null).ToDictionary(field => field.Key, field => field.Value!, StringComparer.Ordinal);

    public Task StoreDocumentAsync(DocumentKey key, ModelRegistryDocument document, CancellationToken cancellationToken) =>
        ChangeAsync(key, stored => stored with { Document = document }, cancellationToken);

    public async ValueTask<ModelRegistryDocument?> FindDocumentAsync(DocumentKey key, CancellationToken cancellationToken) =>
        (await ReadAsync(key, cancellationToken)).Document?.Document;

    public async ValueTask<DocumentPage> ListAsync(string collection, string? after, int limit, CancellationToken cancellationToken)
    {
        var start = after is null ? null : new DocumentKey(collection, after).Path;
        var ids = new List<string>();
        await foreach (var path in store.ListAsync(DocumentKey.Prefix(collection), cancellationToken))
        {
            if (start is not null && string.CompareOrdinal(path, start) <= 0)
            {
                continue;
            }

            if (ids.Count == limit)
            {
                return new DocumentPage(ids, ids[^1]);
            }

            ids.Add(DocumentKey.IdOf(collection, path));
        }

        return new DocumentPage(ids, null);
    }

    private async Task ChangeAsync(DocumentKey key, Func<StoredDocument, StoredDocument?> change, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (document, etag) = await ReadAsync(key, cancellationToken);
            if (change(document ?? new StoredDocument(new SortedDictionary<string, BlobReference?>(StringComparer.Ordinal), null)) is not { } changed)
            {
                return;
            }

            var condition = etag is null ? RecordCondition.Absent : RecordCondition.Unchanged(etag);
            if (await store.WriteAsync(key.Path, JsonSerializer.SerializeToUtf8Bytes(changed, StoredDocumentJson.Default.StoredDocument), condition, cancellationToken) is not null)
            {
                return;
            }
        }
    }

    private async ValueTask<(StoredDocument? Document, string? ETag)> ReadAsync(DocumentKey key, CancellationToken cancellationToken)
    {
        if (await store.ReadAsync(key.Path, cancellationToken) is not { } record)
        {
            return default;
        }

        try
        {
            var read = JsonSerializer.Deserialize(record.Content.Span, StoredDocumentJson.Default.StoredDocument);
            return (read is null ? null : read with { Fields = new SortedDictionary<string, BlobReference?>(read.Fields, StringComparer.Ordinal) }, record.ETag);
        }
        catch (JsonException exception)
        {
            throw new PlatformException(new PlatformError(ErrorCode.IntegrityFailed, $"Document {key.Id} of {key.Collection} cannot be read: {exception.Message}"), exception);
        }
    }
}
