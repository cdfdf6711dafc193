using System.Collections.Concurrent;
using ModelPlatform.Integrity;
using ModelPlatform.Registry;
using ModelPlatform.Sources;

namespace ModelPlatform.Chunks.Housekeeping;

/// <summary>Looks in all manifests for files that hold the chunk, and asks the source of each in turn. What nobody could give is not asked for again at once.</summary>
internal sealed class ChunkHealing(IModelRegistry registry, ChunkHealer healer, TimeProvider time) : IChunkHealing
{
    private const int MostSources = 5;
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<Sha256Digest, (DateTimeOffset At, PlatformError Error)> failures = new();

    public async Task<PlatformError?> HealAsync(Sha256Digest id, CancellationToken cancellationToken)
    {
        if (failures.TryGetValue(id, out var failed) && time.GetUtcNow() - failed.At < Pause)
        {
            return failed.Error;
        }

        var errors = new List<PlatformError>();
        foreach (var place in await PlacesAsync(id, cancellationToken))
        {
            if (await healer.HealAsync(id, place, cancellationToken) is not { } error)
            {
                failures.TryRemove(id, out _);
                return null;
            }

            errors.Add(error);
        }

        var reason = new PlatformError(
            ErrorCode.IntegrityFailed, errors.Count == 0 ? "no model names it" : string.Join(" ", errors.Select(error => error.Message).Distinct(StringComparer.Ordinal)));
        failures[id] = (time.GetUtcNow(), reason);
        return reason;
    }

    /// <summary>One place for each source, whichever model it belongs to.</summary>
    private async Task<List<ChunkPlace>> PlacesAsync(Sha256Digest id, CancellationToken cancellationToken)
    {
        var places = new Dictionary<(string? Name, string? Reference, string? Revision, string Path), ChunkPlace>();
        await foreach (var manifest in registry.ReadAllManifestsAsync(cancellationToken))
        {
            foreach (var artifact in manifest.Artifacts)
            {
                for (var i = 0; i < artifact.Chunking.ChunkHashes.Count && places.Count < MostSources; i++)
                {
                    if (artifact.Chunking.ChunkHashes[i] == id)
                    {
                        var source = manifest.Provenance?.Source;
                        places.TryAdd((source?.Name, source?.Reference, source?.Revision, artifact.Path), new ChunkPlace(manifest, artifact, i));
                    }
                }
            }
        }

        return [.. places.Values];
    }
}
