using System.Runtime.CompilerServices;
using System.Text.Json;
using ModelPlatform.Manifests;
using ModelPlatform.Sources;

namespace ModelPlatform.Registry;

/// <summary>The registry's records, read and written as what they mean. Everything here goes to the record store, nothing to Redis.</summary>
internal sealed class RegistryRecords(IRecordStore store)
{
    /// <summary>Reads a published version; a result without value where there is none.</summary>
    public async ValueTask<Result<ModelEntry?>> ReadAsync(ModelId id, CancellationToken cancellationToken)
    {
        if (await store.ReadAsync(RegistryPaths.Manifest(id), cancellationToken) is not { } record)
        {
            return (ModelEntry?)null;
        }

        if (!ManifestDocument.Read(record.Content, id.ToString()).TryGet(out var document, out var error))
        {
            return error;
        }

        if (document.Manifest.Model.Id != id.ToString())
        {
            return new PlatformError(ErrorCode.IntegrityFailed, $"Manifest {id} is refused: it names the model {document.Manifest.Model.Id}.");
        }

        var card = await ReadCardAsync(id, document.ETag, cancellationToken);
        return new ModelEntry(id, document.Manifest, document.ETag, card.Card ?? CardFrom(document.Manifest, record.LastModified));
    }

    /// <summary>Reads a version's card and its record's ETag; both null where the card was never written.</summary>
    public async ValueTask<(ModelCard? Card, string? RecordETag)> ReadCardAsync(ModelId id, string manifestETag, CancellationToken cancellationToken)
    {
        var record = await store.ReadAsync(RegistryPaths.Card(id, manifestETag), cancellationToken);
        return record is null ? default : (JsonSerializer.Deserialize(record.Content.Span, RegistryJson.Default.ModelCard), record.ETag);
    }

    /// <summary>Identities of all published versions, or of those of one name, in ordinal order of their paths.</summary>
    public async IAsyncEnumerable<ModelId> ListAsync(string? name, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var path in store.ListAsync(name is null ? RegistryPaths.Models : RegistryPaths.Versions(name), cancellationToken))
        {
            if (RegistryPaths.IdOfManifest(path) is { } id)
            {
                yield return id;
            }
        }
    }

    /// <summary>The spelling in use that differs from a name only in case and still has a version or a registration.</summary>
    public async ValueTask<string?> FindOtherSpellingAsync(string name, CancellationToken cancellationToken) =>
        await ReadNameAsync(name, cancellationToken) is ({ } used, _) && used != name && await IsUsedAsync(used, cancellationToken) ? used : null;

    /// <summary>Takes a name, so that no other spelling of it can be taken.</summary>
    /// <returns>The other spelling where it is in use already; null on success.</returns>
    public async ValueTask<string?> ClaimNameAsync(string name, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (used, etag) = await ReadNameAsync(name, cancellationToken);
            if (used == name)
            {
                return null;
            }

            if (used is not null && await IsUsedAsync(used, cancellationToken))
            {
                return used;
            }

            var content = JsonSerializer.SerializeToUtf8Bytes(new NameInUse(name), RegistryJson.Default.NameInUse);
            var condition = etag is null ? RecordCondition.Absent : RecordCondition.Unchanged(etag);
            await store.WriteAsync(RegistryPaths.NameInUse(name), content, condition, cancellationToken);
        }
    }

    private async ValueTask<(string? Name, string? ETag)> ReadNameAsync(string name, CancellationToken cancellationToken)
    {
        var record = await store.ReadAsync(RegistryPaths.NameInUse(name), cancellationToken);
        return record is null ? default : (JsonSerializer.Deserialize(record.Content.Span, RegistryJson.Default.NameInUse)?.Name, record.ETag);
    }

    private async ValueTask<bool> IsUsedAsync(string name, CancellationToken cancellationToken)
    {
        await foreach (var _ in ListAsync(name, cancellationToken))
        {
            return true;
        }

        await foreach (var _ in store.ListAsync(RegistryPaths.Registrations(name), cancellationToken))
        {
            return true;
        }

        return false;
    }

    /// <summary>A process that ended between the manifest and its card, or a card that was lost, must not hide the model: what can be told from the manifest is told.</summary>
    private static ModelCard CardFrom(Manifest manifest, DateTimeOffset publishedAt) => new()
    {
        // Nothing says that it may be served to anybody.
        IsGated = true,
        Origin = manifest.Provenance?.Source is { } source ? new FetchOrigin(source.Name, source.Reference, manifest.Model.Variant, source.Revision) : null,
        PublishedAt = publishedAt,
    };
}
