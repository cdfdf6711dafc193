using Microsoft.Extensions.Caching.Memory;
using ModelPlatform.Manifests;

namespace ModelPlatform.Registry;

/// <summary>Manifests that were read and verified, by the hash of their bytes: an entry can be dropped, never wrong.</summary>
internal sealed class ManifestCache : IDisposable
{
    private const long Budget = 64 * 1024 * 1024;
    /// <summary>Its hash, and its share of the tree's inner nodes.</summary>
    private const int BytesOfChunk = 72;
    private const int BytesOfArtifact = 1024;

    private readonly MemoryCache cache = new(new MemoryCacheOptions { SizeLimit = Budget });

    public Manifest? Find(string etag) => cache.Get<Manifest>(etag);

    public void Keep(ModelEntry entry)
    {
        var size = entry.Manifest.Artifacts.Sum(artifact => BytesOfArtifact + (long)(artifact.Chunking.ChunkHashes.Count * BytesOfChunk))
            + ((entry.Manifest.Integrity?.Chunking.ChunkHashes.Count ?? 0) * BytesOfChunk);
        cache.Set(entry.ETag, entry.Manifest, new MemoryCacheEntryOptions { Size = size });
    }

    public void Dispose() => cache.Dispose();
}
