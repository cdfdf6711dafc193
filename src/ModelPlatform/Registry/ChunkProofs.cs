using Microsoft.Extensions.Caching.Memory;
using ModelPlatform.Integrity;
using ModelPlatform.Manifests;

namespace ModelPlatform.Registry;

/// <summary>Makes proofs of chunks. Who asks for one asks for many, so the inner nodes of recent trees are kept.</summary>
public sealed class ChunkProofs : IDisposable
{
    private const long Budget = 32 * 1024 * 1024;

    private readonly MemoryCache trees = new(new MemoryCacheOptions { SizeLimit = Budget });

    /// <summary>The proof of one chunk of a file.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The file has no such chunk.</exception>
    public MerkleProof Prove(ManifestArtifact artifact, int index)
    {
        ArgumentNullException.ThrowIfNull(artifact);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, artifact.Chunking.ChunkCount);
        var levels = Levels(artifact);
        var steps = new List<MerkleProofStep>(levels.Length - 1);
        var place = index;
        foreach (var level in levels.AsSpan()[..^1])
        {
            var isLeft = place % 2 == 0;
            steps.Add(new MerkleProofStep(level[isLeft ? Math.Min(place + 1, level.Length - 1) : place - 1], isLeft ? MerklePosition.Right : MerklePosition.Left));
            place /= 2;
        }

        return new MerkleProof(levels[0][index], index, levels[0].Length, steps, levels[^1][0]);
    }

    /// <inheritdoc/>
    public void Dispose() => trees.Dispose();

    private Sha256Digest[][] Levels(ManifestArtifact artifact)
    {
        // The root alone does not tell [a,b,c] from [a,b,c,c].
        var key = (artifact.MerkleRoot, artifact.Chunking.ChunkCount);
        if (!trees.TryGetValue(key, out Sha256Digest[][]? levels) || levels is null)
        {
            levels = Build([.. artifact.Chunking.ChunkHashes]);
            trees.Set(key, levels, new MemoryCacheEntryOptions { Size = 2L * Sha256Digest.Size * levels[0].Length });
        }

        return levels;
    }

    private static Sha256Digest[][] Build(Sha256Digest[] leaves)
    {
        List<Sha256Digest[]> levels = [leaves];
        while (levels[^1] is { Length: > 1 } below)
        {
            var level = new Sha256Digest[(below.Length + 1) / 2];
            for (var i = 0; i < level.Length; i++)
            {
                level[i] = MerkleTree.Parent(below[2 * i], below[Math.Min((2 * i) + 1, below.Length - 1)]);
            }

            levels.Add(level);
        }

        return [.. levels];
    }
}
