namespace ModelPlatform.Documents;

/// <summary>Documents that hold references to blobs, in collections. Removing a reference never deletes what it points to.</summary>
public interface IDocumentStore
{
    /// <summary>Stores a reference in a field; makes the document where it is missing, overwrites the field where it is there.</summary>
    Task StoreAsync(DocumentKey key, string field, BlobReference reference, CancellationToken cancellationToken);

    /// <summary>The reference in a field; null where there is none.</summary>
    ValueTask<BlobReference?> FindAsync(DocumentKey key, string field, CancellationToken cancellationToken);

    /// <summary>Sets a field to null.</summary>
    /// <returns>Whether it held a reference.</returns>
    Task<bool> RemoveAsync(DocumentKey key, string field, CancellationToken cancellationToken);

    /// <summary>Every reference of a document by field; null where there is no such document.</summary>
    ValueTask<IReadOnlyDictionary<string, BlobReference>?> ListReferencesAsync(DocumentKey key, CancellationToken cancellationToken);

    /// <summary>Stores a whole registry document beside the references.</summary>
    Task StoreDocumentAsync(DocumentKey key, ModelRegistryDocument document, CancellationToken cancellationToken);

    /// <summary>The registry document; null where there is none.</summary>
    ValueTask<ModelRegistryDocument?> FindDocumentAsync(DocumentKey key, CancellationToken cancellationToken);

    /// <summary>Sets every field of a document to null.</summary>
    /// <returns>Whether any held something.</returns>
    Task<bool> RemoveDocumentAsync(DocumentKey key, CancellationToken cancellationToken);

    /// <summary>Ids of a collection's documents that hold anything, in ordinal order, after one of them or from the start.</summary>
    ValueTask<DocumentPage> ListAsync(string collection, string? after, int limit, CancellationToken cancellationToken);
}

/// <summary>A page of a collection.</summary>
/// <param name="Documents">Document ids.</param>
/// <param name="Next">The id to go on after; null on the last page.</param>
public sealed record DocumentPage(IReadOnlyList<string> Documents, string? Next);
