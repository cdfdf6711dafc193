using System.Runtime.CompilerServices;
using ModelPlatform.Integrity;
using ModelPlatform.Registry;

namespace ModelPlatform.Chunks.Housekeeping;

/// <summary>What published models consist of.</summary>
internal sealed class ManifestReferences(IModelRegistry registry) : IChunkReferences
{
    public async IAsyncEnumerable<Sha256Digest> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var manifest in registry.ReadAllManifestsAsync(cancellationToken))
        {
            foreach (var artifact in manifest.Artifacts)
            {
                foreach (var chunk in artifact.Chunking.ChunkHashes)
                {
                    yield return chunk;
                }
            }
        }
    }

    public ValueTask<DateTimeOffset?> KnownSinceAsync(CancellationToken cancellationToken) => ValueTask.FromResult<DateTimeOffset?>(null);
}
