using System.Text.Json.Serialization;

namespace ModelPlatform.Integrity;

/// <summary>Proves that one chunk hash is at one place under a Merkle root.</summary>
/// <param name="ChunkHash">The leaf.</param>
/// <param name="ChunkIndex">Its place, from 0.</param>
/// <param name="ChunkCount">How many leaves the tree has.</param>
/// <param name="Proof">The sibling at each level, leaf first.</param>
/// <param name="MerkleRoot">The root.</param>
public sealed record MerkleProof(Sha256Digest ChunkHash, int ChunkIndex, int ChunkCount, IReadOnlyList<MerkleProofStep> Proof, Sha256Digest MerkleRoot)
{
    /// <summary>Makes the proof for one leaf.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such leaf.</exception>
    public static MerkleProof Create(IReadOnlyList<Sha256Digest> leaves, int index)
    {
        ArgumentNullException.ThrowIfNull(leaves);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, leaves.Count);

        var steps = new List<MerkleProofStep>();
        var level = leaves.ToArray();
        var place = index;
        for (var count = level.Length; count > 1; count = (count + 1) / 2, place /= 2)
        {
            var sibling = place % 2 == 0 ? Math.Min(place + 1, count - 1) : place - 1;
            steps.Add(new MerkleProofStep(level[sibling], PositionAt(place)));
            MerkleTree.Reduce(level, count);
        }

        return new MerkleProof(leaves[index], index, leaves.Count, steps, level[0]);
    }

    /// <summary>
    /// Checks the proof against a root and a number of leaves the caller trusts. Positions are derived from index and count, so those in the proof,
    /// and a proof for a tree with duplicated leaves, cannot mislead.
    /// </summary>
    public bool Verify(Sha256Digest trustedRoot, int trustedCount)
    {
        if (ChunkCount != trustedCount || ChunkIndex < 0 || ChunkIndex >= trustedCount || MerkleRoot != trustedRoot)
        {
            return false;
        }

        var node = ChunkHash;
        var (place, depth) = (ChunkIndex, 0);
        for (var count = trustedCount; count > 1; count = (count + 1) / 2, place /= 2, depth++)
        {
            if (depth == Proof.Count || Proof[depth].Position != PositionAt(place))
            {
                return false;
            }

            var sibling = Proof[depth].Hash;
            var isPairedWithItself = place % 2 == 0 && place == count - 1;
            if (isPairedWithItself && sibling != node)
            {
                return false;
            }

            node = place % 2 == 0 ? MerkleTree.Parent(node, sibling) : MerkleTree.Parent(sibling, node);
        }

        return depth == Proof.Count && node == trustedRoot;
    }

    private static MerklePosition PositionAt(int place) => place % 2 == 0 ? MerklePosition.Right : MerklePosition.Left;
}

/// <summary>One level of a proof.</summary>
/// <param name="Hash">The sibling.</param>
/// <param name="Position">On which side of the path the sibling stands.</param>
public readonly record struct MerkleProofStep(Sha256Digest Hash, MerklePosition Position);

/// <summary>A side.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MerklePosition>))]
public enum MerklePosition
{
    /// <summary>The sibling is hashed first.</summary>
    [JsonStringEnumMemberName("left")] Left,

    /// <summary>The sibling is hashed second.</summary>
    [JsonStringEnumMemberName("right")] Right,
}
