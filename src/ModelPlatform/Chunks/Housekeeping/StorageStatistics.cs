using ModelPlatform.Integrity;
using ModelPlatform.Manifests;
using ModelPlatform.Registry;

namespace ModelPlatform.Chunks.Housekeeping;

internal sealed class StorageStatistics(IChunkStore store, IModelRegistry registry) : IStorageStatistics
{
    public async Task<StorageUsage> ReadAsync(CancellationToken cancellationToken)
    {
        var (count, stored) = (0L, 0L);
        await foreach (var chunk in store.ListAsync(cancellationToken))
        {
            count++;
            stored += chunk.StoredBytes;
        }

        var owners = new Dictionary<Sha256Digest, (string Model, int Length, bool IsShared)>();
        var unique = new Dictionary<string, long>(StringComparer.Ordinal);
        var logical = 0L;
        await foreach (var manifest in registry.ReadAllManifestsAsync(cancellationToken))
        {
            unique[manifest.Model.Id] = 0;
            logical += manifest.Artifacts.Sum(artifact => artifact.Size);
            foreach (var place in PlacesOf(manifest))
            {
                var id = place.Artifact.Chunking.ChunkHashes[place.Index];
                owners[id] = owners.TryGetValue(id, out var owner) && (owner.IsShared || owner.Model != manifest.Model.Id)
                    ? owner with { IsShared = true }
                    : (manifest.Model.Id, place.Length, false);
            }
        }

        foreach (var (model, length, isShared) in owners.Values)
        {
            unique[model] += isShared ? 0 : length;
        }

        var distinct = owners.Values.Sum(owner => (long)owner.Length);
        return new StorageUsage(count, stored, logical, distinct == 0 ? 0 : (double)logical / distinct, await store.CountQuarantinedAsync(cancellationToken)) { UniqueBytes = unique };
    }

    private static IEnumerable<ChunkPlace> PlacesOf(Manifest manifest) =>
        manifest.Artifacts.SelectMany(artifact => Enumerable.Range(0, artifact.Chunking.ChunkHashes.Count).Select(index => new ChunkPlace(manifest, artifact, index)));
}
