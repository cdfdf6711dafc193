using System.Buffers;
using Microsoft.Extensions.Options;
using ModelPlatform.Events;
using ModelPlatform.Integrity;
using ModelPlatform.Manifests;
using ModelPlatform.Registry;

namespace ModelPlatform.Chunks.Housekeeping;

internal sealed class Scrubber(IChunkStore store, IModelRegistry registry, ChunkHealer healer, IOptions<ChunkStoreOptions> options, IEventRaiser events, TimeProvider time) : IScrubber
{
    private const int ReadersAtOnce = 2;

    // A chunk nobody names any more may be of an earlier, larger chunk size.
    private const int LargestChunk = 64 * 1024 * 1024;

    public async Task<ScrubReport> VerifyAsync(CancellationToken cancellationToken)
    {
        var places = await PlacesAsync(cancellationToken);
        var bad = new List<BadChunk>();
        var (seen, pace) = (new HashSet<Sha256Digest>(), new Pace(options.Value.ScrubBytesPerSecond, time));
        await Parallel.ForEachAsync(
            store.ListAsync(cancellationToken),
            new ParallelOptions { MaxDegreeOfParallelism = ReadersAtOnce, CancellationToken = cancellationToken },
            async (chunk, token) =>
            {
                var place = places.GetValueOrDefault(chunk.Id);
                await pace.WaitAsync(chunk.StoredBytes, token);
                var fault = await FindFaultAsync(chunk.Id, place, token);
                lock (seen)
                {
                    seen.Add(chunk.Id);
                }

                if (fault is not null)
                {
                    IntegrityTelemetry.ChunkFromStore();
                    await store.QuarantineAsync(chunk.Id, token);
                    Add(bad, await HealAsync(chunk.Id, place, fault, token));
                }
            });
        foreach (var (id, place) in places)
        {
            // Listed before it was named, or gone: only a look can tell.
            if (!place.MayBeAbsent && !seen.Contains(id) && await store.TouchAsync(id, cancellationToken) is null)
            {
                Add(bad, await HealAsync(id, place, "it is missing", cancellationToken));
            }
        }

        var report = new ScrubReport(seen.Union(places.Keys).Count(), bad);
        events.Raise(EventTypes.StorageChanged, null, new() { ["action"] = "verified", ["chunks"] = report.Checked, ["bad"] = bad.Count, ["healed"] = bad.Count(chunk => chunk.Healed) });
        return report;
    }

    private static void Add(List<BadChunk> bad, BadChunk chunk)
    {
        lock (bad)
        {
            bad.Add(chunk);
        }
    }

    private async Task<Dictionary<Sha256Digest, ChunkPlace>> PlacesAsync(CancellationToken cancellationToken)
    {
        var places = new Dictionary<Sha256Digest, ChunkPlace>();
        await foreach (var manifest in registry.ReadAllManifestsAsync(cancellationToken))
        {
            var isEvicted = await registry.FindAsync(new ModelReference(manifest.Model.Name, manifest.Model.Version, null), cancellationToken) is { Card.IsEvicted: true };
            foreach (var artifact in manifest.Artifacts)
            {
                for (var i = 0; i < artifact.Chunking.ChunkHashes.Count; i++)
                {
                    var place = new ChunkPlace(manifest, artifact, i) { MayBeAbsent = isEvicted };
                    if (!places.TryAdd(artifact.Chunking.ChunkHashes[i], place) && !isEvicted)
                    {
                        places[artifact.Chunking.ChunkHashes[i]] = place;
                    }
                }
            }
        }

        return places;
    }

    /// <summary>Looks twice, so that a chunk that was just being replaced is not taken for a bad one.</summary>
    private async ValueTask<string?> FindFaultAsync(Sha256Digest id, ChunkPlace? place, CancellationToken cancellationToken) =>
        await LookAsync(id, place, cancellationToken) is null ? null : await LookAsync(id, place, cancellationToken);

    private async ValueTask<string?> LookAsync(Sha256Digest id, ChunkPlace? place, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(place?.Length ?? options.Value.ChunkSize);
        try
        {
            var length = await store.ReadAsync(id, buffer, cancellationToken);
            if (length > buffer.Length && place is null && length <= LargestChunk)
            {
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = ArrayPool<byte>.Shared.Rent(length.Value);
                length = await store.ReadAsync(id, buffer, cancellationToken);
            }

            return length switch
            {
                null => null,
                _ when place is not null && length != place.Length => $"it has {length} bytes instead of {place.Length}",
                _ when length > buffer.Length || Sha256Digest.Of(buffer.AsSpan(0, length.Value)) != id => "its bytes do not match its name",
                _ => null,
            };
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task<BadChunk> HealAsync(Sha256Digest id, ChunkPlace? place, string fault, CancellationToken cancellationToken)
    {
        if (place is null)
        {
            return new BadChunk(id, $"{fault}; no model needs it", false);
        }

        var error = await healer.HealAsync(id, place, cancellationToken);
        var where = $"{fault} (chunk {place.Index} of '{place.Artifact.Path}' in {place.Manifest.Model.Id})";
        return new BadChunk(id, error is null ? where : $"{where}; not healed: {error.Message}", error is null);
    }
}

/// <summary>Where a chunk belongs.</summary>
internal sealed record ChunkPlace(Manifest Manifest, ManifestArtifact Artifact, int Index)
{
    /// <summary>Its model was evicted.</summary>
    public bool MayBeAbsent { get; init; }

    public long Offset => (long)Index * Artifact.Chunking.ChunkSize;

    public int Length => (int)Math.Min(Artifact.Chunking.ChunkSize, Artifact.Size - Offset);
}

/// <summary>Keeps reading below a rate.</summary>
internal sealed class Pace(long bytesPerSecond, TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly long startedAt = time.GetTimestamp();
    private long bytes;

    public Task WaitAsync(long count, CancellationToken cancellationToken)
    {
        TimeSpan ahead;
        lock (gate)
        {
            ahead = TimeSpan.FromSeconds((double)bytes / bytesPerSecond) - time.GetElapsedTime(startedAt);
            bytes += count;
        }

        return ahead > TimeSpan.Zero ? Task.Delay(ahead, time, cancellationToken) : Task.CompletedTask;
    }
}
