namespace ModelPlatform.Integrity;

/// <summary>A Merkle tree with its inner nodes, for who needs the root and then proofs: making the tree costs as many hashes as there are leaves, a proof none.</summary>
internal sealed class MerkleLevels
{
    private readonly List<Sha256Digest[]> inner = [];

    /// <summary>Hashes the tree over the leaves.</summary>
    public MerkleLevels(IReadOnlyList<Sha256Digest> leaves)
    {
        Leaves = leaves;
        var below = leaves;
        while (below.Count > 1)
        {
            var level = new Sha256Digest[(below.Count + 1) / 2];
            for (var i = 0; i < level.Length; i++)
            {
                level[i] = MerkleTree.Parent(below[2 * i], below[Math.Min((2 * i) + 1, below.Count - 1)]);
            }

            inner.Add(level);
            below = level;
        }

        Root = below.Count == 0 ? MerkleTree.EmptyRoot : below[0];
    }

    /// <summary>The leaves, in order.</summary>
    public IReadOnlyList<Sha256Digest> Leaves { get; }

    /// <summary>The root.</summary>
    public Sha256Digest Root { get; }

    /// <summary>The proof of one leaf.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such leaf.</exception>
    public MerkleProof Prove(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Leaves.Count);
        var steps = new List<MerkleProofStep>(inner.Count);
        var (level, place) = (Leaves, index);
        foreach (var above in inner)
        {
            var isLeft = place % 2 == 0;
            steps.Add(new MerkleProofStep(level[isLeft ? Math.Min(place + 1, level.Count - 1) : place - 1], isLeft ? MerklePosition.Right : MerklePosition.Left));
            (level, place) = (above, place / 2);
        }

        return new MerkleProof(Leaves[index], index, Leaves.Count, steps, Root);
    }
}
