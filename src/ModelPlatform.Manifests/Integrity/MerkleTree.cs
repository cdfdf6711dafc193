using System.Security.Cryptography;

namespace ModelPlatform.Integrity;

/// <summary>
/// The Merkle tree over a file's chunk hashes. A parent is SHA-256(left ‖ right), an odd last node is paired with itself, one leaf is its own root.
/// Lists such as [a,b,c] and [a,b,c,c] share a root (CVE-2012-2459): whoever trusts a root must also bind the number of leaves.
/// </summary>
public static class MerkleTree
{
    /// <summary>Root of a tree without leaves: SHA-256 of canonical JSON <c>{"empty":true}</c>.</summary>
    public static Sha256Digest EmptyRoot { get; } = Sha256Digest.Of("{\"empty\":true}"u8);

    /// <summary>Root over the leaves, in order.</summary>
    public static Sha256Digest ComputeRoot(IReadOnlyList<Sha256Digest> leaves)
    {
        ArgumentNullException.ThrowIfNull(leaves);
        if (leaves.Count == 0)
        {
            return EmptyRoot;
        }

        var level = leaves.ToArray();
        for (var count = level.Length; count > 1; count = (count + 1) / 2)
        {
            Reduce(level, count);
        }

        return level[0];
    }

    /// <summary>Replaces the first <paramref name="count"/> nodes by their <c>(count + 1) / 2</c> parents.</summary>
    internal static void Reduce(Span<Sha256Digest> level, int count)
    {
        for (var i = 0; i < count; i += 2)
        {
            level[i / 2] = Parent(level[i], level[Math.Min(i + 1, count - 1)]);
        }
    }

    internal static Sha256Digest Parent(Sha256Digest left, Sha256Digest right)
    {
        Span<byte> pair = stackalloc byte[Sha256Digest.Size * 2];
        left.CopyTo(pair);
        right.CopyTo(pair[Sha256Digest.Size..]);
        Span<byte> parent = stackalloc byte[Sha256Digest.Size];
        SHA256.HashData(pair, parent);
        return new Sha256Digest(parent);
    }
}
