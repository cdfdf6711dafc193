using System.Runtime.CompilerServices;
using System.Text.Json;
using ModelPlatform.Integrity;
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

    /// <summary>Writes a version's list of chunks.</summary>
    public async ValueTask WriteChunksAsync(ModelId id, string manifestETag, Manifest manifest, CancellationToken cancellationToken)
    {
        Sha256Digest[] chunks = [.. manifest.Artifacts.SelectMany(artifact => artifact.Chunking.ChunkHashes).Distinct()];
        await store.WriteAsync(RegistryPaths.Chunks(id, manifestETag), JsonSerializer.SerializeToUtf8Bytes(chunks, RegistryJson.Default.Sha256DigestArray), RecordCondition.Absent, cancellationToken);
    }

    /// <summary>Deletes what lies beside a manifest that was not published after all.</summary>
    public async ValueTask DeleteCompanionsAsync(ModelId id, string manifestETag, CancellationToken cancellationToken)
    {
        await store.DeleteAsync(RegistryPaths.Card(id, manifestETag), RecordCondition.None, cancellationToken);
        await store.DeleteAsync(RegistryPaths.Chunks(id, manifestETag), RecordCondition.None, cancellationToken);
    }

    /// <summary>
    /// The chunks of a version whose manifest cannot be used: those of its list, and whatever in the manifest itself looks like a digest. What is too much here only
    /// stays longer in the store.
    /// </summary>
    /// <returns>Null where there is no list and the manifest is not even JSON, so that nobody knows what it named.</returns>
    public async ValueTask<IReadOnlyCollection<Sha256Digest>?> SalvageChunksAsync(ModelId id, CancellationToken cancellationToken)
    {
        var chunks = new HashSet<Sha256Digest>();
        var isWhole = false;
        if (await store.ReadAsync(RegistryPaths.Manifest(id), cancellationToken) is { } manifest)
        {
            chunks.UnionWith(Sha256Digest.FindAll(manifest.Content.Span));
            isWhole = IsJson(manifest.Content);
        }

        await foreach (var path in store.ListAsync(RegistryPaths.Version(id), cancellationToken))
        {
            if (RegistryPaths.IsChunks(path) && await store.ReadAsync(path, cancellationToken) is { } list)
            {
                chunks.UnionWith(Sha256Digest.FindAll(list.Content.Span));
                isWhole |= IsJson(list.Content);
            }
        }

        return isWhole ? chunks : null;
    }

    private static bool IsJson(ReadOnlyMemory<byte> content)
    {
        try
        {
            using var json = JsonDocument.Parse(content);
            return json.RootElement.ValueKind is JsonValueKind.Object or JsonValueKind.Array;
        }
        catch (JsonException)
        {
            return false;
        }
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
