using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using ModelPlatform.Events;
using ModelPlatform.Fetching;
using ModelPlatform.Integrity;
using ModelPlatform.Manifests;
using ModelPlatform.Sources;
using StackExchange.Redis;

namespace ModelPlatform.Registry;

/// <summary>The registry over records and index.</summary>
internal sealed partial class ModelRegistry(
    IRecordStore store, RegistryRecords records, RegistryIndex index, ModelPublisher publisher, ModelAliases aliases, PublicationJournal journal, ManifestCache manifests,
    IEventRaiser events, ILogger<ModelRegistry> logger) : IModelRegistry, IStoredManifests
{
    public async Task<Result<ModelEntry>> PublishAsync(ModelId id, FetchedModel model, ModelCard card, Func<CancellationToken, ValueTask> fence, CancellationToken cancellationToken)
    {
        var published = await publisher.PublishAsync(id, model, card, fence, cancellationToken);

        // Evicted once, and fetched again: every chunk has just been seen.
        return published.TryGet(out var entry, out _) && entry.Card.IsEvicted
            ? await UpdateCardAsync(id, evicted => evicted with { IsEvicted = false }, CancellationToken.None)
            : published;
    }

    public async ValueTask<ModelEntry?> FindAsync(ModelReference reference, CancellationToken cancellationToken)
    {
        if (reference.Version is { } exact && new ModelId(reference.Name, exact) is var asked && index.Recent?.Find(asked) is { } known && manifests.Find(known.ETag) is { } manifest)
        {
            return new ModelEntry(asked, manifest, known.ETag, known.Card);
        }

        var catalog = await index.TryReadAsync(cancellationToken);
        var version = reference switch
        {
            { Version: { } named } => named,
            { Alias: { } alias } => await aliases.ResolveAsync(reference.Name, alias, cancellationToken),
            _ => catalog is null ? await FindNewestInStoreAsync(reference.Name, cancellationToken) : FindNewest(catalog, reference.Name),
        };
        return version is null ? null : await FindAsync(new ModelId(reference.Name, version), catalog, cancellationToken);
    }

    public async ValueTask<ReadOnlyMemory<byte>?> ReadBytesAsync(ModelId id, CancellationToken cancellationToken) =>
        (await store.ReadAsync(RegistryPaths.Manifest(id), cancellationToken))?.Content;

    public async ValueTask<IReadOnlyList<ModelId>> ReadLostAsync(CancellationToken cancellationToken) => await journal.ReadLostAsync().WaitAsync(cancellationToken);

    public async ValueTask<ModelId?> FindCaseClashAsync(ModelId id, CancellationToken cancellationToken) =>
        await records.FindOtherSpellingAsync(id.Name, cancellationToken) is { } spelling ? id with { Name = spelling } : null;

    public async ValueTask<CatalogPage> ListAsync(CatalogQuery query, CancellationToken cancellationToken)
    {
        try
        {
            return CatalogPaging.Page(await index.ReadAsync(cancellationToken), query);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            throw new PlatformException(new PlatformError(ErrorCode.StorageFailed, "The catalog cannot be listed: Redis does not answer."), exception);
        }
    }

    public async IAsyncEnumerable<Manifest> ReadAllManifestsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var id in records.ListAsync(null, cancellationToken))
        {
            if (!(await records.ReadAsync(id, cancellationToken)).TryGet(out var entry, out var error))
            {
                LogUnusable(id, error.Message);
            }
            else if (entry is not null)
            {
                yield return entry.Manifest;
            }
        }
    }

    public async IAsyncEnumerable<Sha256Digest> ReadAllChunksAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var id in records.ListAsync(null, cancellationToken))
        {
            var chunks = (await records.ReadAsync(id, cancellationToken)).TryGet(out var entry, out var error)
                ? entry?.Manifest.Artifacts.SelectMany(artifact => artifact.Chunking.ChunkHashes) ?? []
                : await SpareAsync(id, error, cancellationToken);
            foreach (var chunk in chunks)
            {
                yield return chunk;
            }
        }
    }

    private async Task<IEnumerable<Sha256Digest>> SpareAsync(ModelId id, PlatformError error, CancellationToken cancellationToken)
    {
        LogUnusable(id, error.Message);
        return await records.SalvageChunksAsync(id, cancellationToken) ?? throw new PlatformException(error with
        {
            Message = $"{error.Message} Neither it nor the list of its chunks can be read, so nothing is collected. Delete {id}, or fetch it again under another version and then delete it.",
        });
    }

    public async Task<Result<ModelEntry>> UpdateCardAsync(ModelId id, Func<ModelCard, ModelCard> change, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (!(await records.ReadAsync(id, cancellationToken)).TryGet(out var entry, out var error))
            {
                return error;
            }

            if (entry is null)
            {
                return NotFound(id);
            }

            var (stored, etag) = await records.ReadCardAsync(id, entry.ETag, cancellationToken);
            var changed = change(stored ?? entry.Card);
            var content = JsonSerializer.SerializeToUtf8Bytes(changed, RegistryJson.Default.ModelCard);
            var condition = etag is null ? RecordCondition.Absent : RecordCondition.Unchanged(etag);
            if (await store.WriteAsync(RegistryPaths.Card(id, entry.ETag), content, condition, cancellationToken) is not null)
            {
                await index.UpdateAsync(id, cancellationToken);
                return entry with { Card = changed };
            }
        }
    }

    public async Task<Result<ModelId>> DeleteAsync(ModelId id, CancellationToken cancellationToken)
    {
        // First, so that the guard of fresh publications does not put back what is deleted here.
        await journal.ForgetAsync(id);
        var existed = await store.DeleteAsync(RegistryPaths.Manifest(id), RecordCondition.None, cancellationToken);
        await foreach (var path in store.ListAsync(RegistryPaths.Version(id), cancellationToken))
        {
            if (path != RegistryPaths.Manifest(id))
            {
                await store.DeleteAsync(path, RecordCondition.None, cancellationToken);
            }
        }

        await aliases.RemoveAllOfAsync(id, cancellationToken);
        await index.UpdateAsync(id, cancellationToken);
        if (!existed)
        {
            return NotFound(id);
        }

        events.Raise(EventTypes.ModelDeleted, id.ToString(), []);
        return id;
    }

    private async ValueTask<ModelEntry?> FindAsync(ModelId id, CatalogSnapshot? catalog, CancellationToken cancellationToken)
    {
        var row = catalog?.Find(id);
        if (row is not null && manifests.Find(row.ETag) is { } cached)
        {
            return new ModelEntry(id, cached, row.ETag, row.Card);
        }

        if (!(await records.ReadAsync(id, cancellationToken)).TryGet(out var entry, out var error))
        {
            throw new PlatformException(error);
        }

        if (entry is not null)
        {
            manifests.Keep(entry);
        }

        if (catalog is not null && entry?.ETag != row?.ETag)
        {
            // The process that published or deleted ended before it said so.
            await index.UpdateAsync(id, cancellationToken);
        }

        return entry;
    }

    private static string? FindNewest(CatalogSnapshot catalog, string name) =>
        NewestVersion.Of(catalog.Versions(name), model => model.Version, model => model.Card.PublishedAt)?.Version;

    private async ValueTask<string?> FindNewestInStoreAsync(string name, CancellationToken cancellationToken)
    {
        var entries = new List<ModelEntry>();
        await foreach (var id in records.ListAsync(name, cancellationToken))
        {
            if ((await records.ReadAsync(id, cancellationToken)).TryGet(out var entry, out _) && entry is not null)
            {
                entries.Add(entry);
            }
        }

        return NewestVersion.Of(entries, entry => entry.Id.Version, entry => entry.Card.PublishedAt)?.Id.Version;
    }

    private static PlatformError NotFound(ModelId id) => new(ErrorCode.ModelNotFound, $"There is no model {id} here.");

    [LoggerMessage(4032, LogLevel.Error, "{Model} cannot be used, its chunks are kept: {Reason}")]
    private partial void LogUnusable(ModelId model, string reason);
}
