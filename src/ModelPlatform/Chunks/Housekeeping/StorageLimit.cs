using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ModelPlatform.Events;
using ModelPlatform.Fetching;
using ModelPlatform.Fetching.Transfer;
using ModelPlatform.Integrity;
using ModelPlatform.Registry;
using ModelPlatform.Sources;

namespace ModelPlatform.Chunks.Housekeeping;

/// <summary>Evicts whole models, least recently used first, and of each only chunks that no other model and no running job needs. The manifest stays.</summary>
internal sealed partial class StorageLimit(
    IChunkStore store, IModelRegistry registry, IEnumerable<IChunkReferences> references, IGarbageCollector collector, IArtifactUse use, SourceCalls calls,
    IOptions<ChunkStoreOptions> options, IEventRaiser events, TimeProvider time, ILogger<StorageLimit> logger)
    : IStorageLimit, IDisposable
{
    private const int PageSize = 1000;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim turn = new(1);

    public async Task<PlatformError?> MakeRoomAsync(long bytes, IReadOnlyDictionary<Sha256Digest, int> known, CancellationToken cancellationToken)
    {
        var limit = options.Value.MaxBytes;
        if (limit == 0)
        {
            return null;
        }

        await turn.WaitAsync(cancellationToken);
        try
        {
            var stored = await ListAsync(cancellationToken);
            var added = bytes - known.Where(chunk => stored.ContainsKey(chunk.Key)).Sum(chunk => (long)chunk.Value);
            if (Used(stored) + added > limit && (await collector.CollectAsync(false, cancellationToken)).DeletedChunks > 0)
            {
                stored = await ListAsync(cancellationToken);
            }

            var used = Used(stored);
            if (used + added <= limit)
            {
                return null;
            }

            var rows = await RowsAsync(cancellationToken);
            var evicted = rows.Where(row => row.IsEvicted).Select(row => row.Id).ToHashSet(StringComparer.Ordinal);
            foreach (var model in await CandidatesAsync(rows, cancellationToken))
            {
                used -= await EvictAsync(model, stored, known, evicted, cancellationToken);
                if (used + added <= limit)
                {
                    return null;
                }
            }

            return Full(added, used);
        }
        finally
        {
            turn.Release();
        }
    }

    public void Dispose() => turn.Dispose();

    private PlatformError Full(long bytes, long used) => new(
        ErrorCode.DiskFull, $"{bytes} bytes more do not fit: {used} of Chunks:MaxBytes = {options.Value.MaxBytes} are used, and no further model may be evicted. Delete models or raise the limit.");

    private static long Used(Dictionary<Sha256Digest, StoredChunk> stored) => stored.Values.Sum(chunk => chunk.StoredBytes);

    private async Task<Dictionary<Sha256Digest, StoredChunk>> ListAsync(CancellationToken cancellationToken)
    {
        var stored = new Dictionary<Sha256Digest, StoredChunk>();
        await foreach (var chunk in store.ListAsync(cancellationToken))
        {
            stored[chunk.Id] = chunk;
        }

        return stored;
    }

    private async Task<List<CatalogRow>> RowsAsync(CancellationToken cancellationToken)
    {
        var rows = new List<CatalogRow>();
        var query = new CatalogQuery { Limit = PageSize };
        do
        {
            var page = await registry.ListAsync(query, cancellationToken);
            rows.AddRange(page.Models);
            query = query with { Cursor = page.NextCursor };
        }
        while (query.Cursor is not null);

        return rows;
    }

    /// <summary>Models that may go, least recently used first. One that is being read now stays.</summary>
    private async Task<List<ModelEntry>> CandidatesAsync(List<CatalogRow> rows, CancellationToken cancellationToken)
    {
        var found = new List<(ModelEntry Model, DateTimeOffset UsedAt)>();
        foreach (var row in rows.Where(row => !row.IsEvicted))
        {
            if (await registry.FindAsync(new ModelReference(row.Name, row.Version, null), cancellationToken) is not { Card: { IsPinned: false, IsUploaded: false, IsEvicted: false, Origin: not null } } model)
            {
                continue;
            }

            var usedAt = await use.LastUsedAsync([.. model.Manifest.Artifacts.Select(artifact => artifact.Sha256)], cancellationToken);
            if (usedAt is null || time.GetUtcNow() - usedAt > ArtifactUse.InUse)
            {
                found.Add((model, usedAt > row.PublishedAt ? usedAt.Value : row.PublishedAt));
            }
        }

        return [.. found.OrderBy(candidate => candidate.UsedAt).Select(candidate => candidate.Model)];
    }

    private async Task<long> EvictAsync(
        ModelEntry model, Dictionary<Sha256Digest, StoredChunk> stored, IReadOnlyDictionary<Sha256Digest, int> known, HashSet<string> evicted, CancellationToken cancellationToken)
    {
        var mine = model.Manifest.Artifacts.SelectMany(artifact => artifact.Chunking.ChunkHashes).Where(id => stored.ContainsKey(id) && !known.ContainsKey(id)).ToHashSet();
        await foreach (var manifest in registry.ReadAllManifestsAsync(cancellationToken))
        {
            if (manifest.Model.Id != model.Id.ToString() && !evicted.Contains(manifest.Model.Id))
            {
                mine.ExceptWith(manifest.Artifacts.SelectMany(artifact => artifact.Chunking.ChunkHashes));
            }
        }

        foreach (var source in references.Where(source => source is not ManifestReferences))
        {
            await foreach (var chunk in source.ReadAsync(cancellationToken))
            {
                mine.Remove(chunk);
            }
        }

        if (mine.Count == 0 || await WhyNotAsync(model, cancellationToken) is { } reason && Kept(model, reason))
        {
            return 0;
        }

        // First: a model that reads as not downloaded and has its chunks yet does no harm, one that reads as downloaded and has none does.
        await registry.UpdateCardAsync(model.Id, card => card with { IsEvicted = true }, cancellationToken);
        evicted.Add(model.Id.ToString());
        var freed = 0L;
        foreach (var id in mine)
        {
            if (await store.DeleteAsync(stored[id], cancellationToken))
            {
                freed += stored[id].StoredBytes;
            }

            stored.Remove(id);
        }

        LogEvicted(model.Id.ToString(), freed);
        events.Raise(EventTypes.StorageChanged, model.Id.ToString(), new() { ["action"] = "evicted", ["bytes"] = freed });
        return freed;
    }

    private bool Kept(ModelEntry model, string reason)
    {
        LogKept(model.Id.ToString(), reason);
        return true;
    }

    /// <summary>Only a digest that the source itself states shows that it can give the same bytes again.</summary>
    private async Task<string?> WhyNotAsync(ModelEntry model, CancellationToken cancellationToken)
    {
        var origin = model.Card.Origin!;
        var source = new FetchSource(origin.Source, new SourceReference(origin.Reference) { Revision = model.Manifest.Provenance?.Source?.Revision ?? origin.Revision, Variant = origin.Variant });
        var inspected = await calls.InspectAsync(source, origin.Variant, Patience, time, cancellationToken);
        if (!inspected.TryGet(out var inspection, out var error))
        {
            return error.Message;
        }

        var files = inspection.Variants.SelectMany(variant => variant.Files).ToList();
        var unproven = model.Manifest.Artifacts.FirstOrDefault(artifact => !files.Any(file =>
            file.Path == artifact.Path && string.Equals(file.Sha256, artifact.Sha256.ToString(), StringComparison.OrdinalIgnoreCase)));
        return unproven is null ? null : $"it states no equal digest of '{unproven.Path}'";
    }
}
