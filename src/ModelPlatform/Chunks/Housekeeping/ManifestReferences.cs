using ModelPlatform.Integrity;
using ModelPlatform.Registry;

namespace ModelPlatform.Chunks.Housekeeping;

/// <summary>What published models consist of.</summary>
internal sealed class ManifestReferences(IModelRegistry registry) : IChunkReferences
{
    public IAsyncEnumerable<Sha256Digest> ReadAsync(CancellationToken cancellationToken) => registry.ReadAllChunksAsync(cancellationToken);

    public ValueTask<DateTimeOffset?> KnownSinceAsync(CancellationToken cancellationToken) => ValueTask.FromResult<DateTimeOffset?>(null);
}
