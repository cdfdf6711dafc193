using System.Collections.Concurrent;
using ModelPlatform.Chunks;
using ModelPlatform.Integrity;
using ModelPlatform.Manifests;

namespace ModelPlatform.Registry;

/// <summary>Sees that every chunk of a model is in the store, and touches each, so that no garbage collection that saw it older can take it.</summary>
internal sealed class ChunkPresence(IChunkStore chunks)
{
    private const int Checkers = 16;

    /// <summary>Checks each distinct chunk and its length.</summary>
    public async Task<ChunkFindings> CheckAsync(IReadOnlyList<ManifestArtifact> artifacts, CancellationToken cancellationToken)
    {
        using var span = ChunkTelemetry.StartChecking();
        var missing = new ConcurrentBag<Sha256Digest>();
        var wrong = new ConcurrentBag<(Sha256Digest Chunk, long Expected, long Actual)>();
        await Parallel.ForEachAsync(LengthsOf(artifacts), new ParallelOptions { MaxDegreeOfParallelism = Checkers, CancellationToken = cancellationToken }, async (expected, cancel) =>
        {
            var length = await chunks.TouchAsync(expected.Chunk, cancel);
            if (length is null)
            {
                missing.Add(expected.Chunk);
            }
            else if (length != expected.Length)
            {
                wrong.Add((expected.Chunk, expected.Length, length.Value));
            }
        });
        return new ChunkFindings([.. missing], [.. wrong]);
    }

    /// <summary>Each distinct chunk and its length. A chunk that is said to have two lengths is here twice, and one of them will be wrong.</summary>
    private static HashSet<(Sha256Digest Chunk, long Length)> LengthsOf(IReadOnlyList<ManifestArtifact> artifacts)
    {
        var lengths = new HashSet<(Sha256Digest Chunk, long Length)>();
        foreach (var artifact in artifacts)
        {
            var hashes = artifact.Chunking.ChunkHashes;
            for (var i = 0; i < hashes.Count; i++)
            {
                lengths.Add((hashes[i], Math.Min(artifact.Chunking.ChunkSize, artifact.Size - ((long)i * artifact.Chunking.ChunkSize))));
            }
        }

        return lengths;
    }
}

/// <summary>What is not as the manifest says.</summary>
/// <param name="Missing">Chunks that are not in the store.</param>
/// <param name="Wrong">Chunks of another length than the manifest's.</param>
internal sealed record ChunkFindings(IReadOnlyList<Sha256Digest> Missing, IReadOnlyList<(Sha256Digest Chunk, long Expected, long Actual)> Wrong);
