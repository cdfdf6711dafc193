using System.Security.Cryptography;
using CsCheck;
using ModelPlatform.Integrity;

namespace ModelPlatform.Tests.Integrity;

public sealed class MerkleTreeTests
{
    private static readonly Gen<Sha256Digest> Digest = Gen.Byte.Array[32].Select(bytes => new Sha256Digest(bytes));

    [Fact]
    public void ComputeRoot_NoLeaves_IsTheFixedVector() =>
        Assert.Equal("ded3eb2608a70a2e28040c5e1e7c4faa49be0d27b4ffc4d3e2a3ffb91bf72fbb", MerkleTree.ComputeRoot([]).ToString());

    [Fact]
    public void ComputeRoot_OneLeaf_IsTheLeaf()
    {
        var leaf = Sha256Digest.Of("a"u8);
        Assert.Equal(leaf, MerkleTree.ComputeRoot([leaf]));
    }

    [Fact]
    public void ComputeRoot_ThreeLeaves_PairsTheLastWithItself()
    {
        var (a, b, c) = (Sha256Digest.Of("a"u8), Sha256Digest.Of("b"u8), Sha256Digest.Of("c"u8));
        Assert.Equal(Parent(Parent(a, b), Parent(c, c)), MerkleTree.ComputeRoot([a, b, c]));
        Assert.Equal("d31a37ef6ac14a2db1470c4316beb5592e6afd4465022339adafda76a18ffabe", MerkleTree.ComputeRoot([a, b, c]).ToString());
    }

    [Fact]
    public void ComputeRoot_AnyLeaves_AgreesWithTheRecursiveDefinition() =>
        Digest.Array[1, 40].Sample(leaves => Assert.Equal(Recursive(leaves), MerkleTree.ComputeRoot(leaves)), iter: 200);

    [Fact]
    public void Proof_AnyLeaf_VerifiesAndNothingElseDoes() =>
        Gen.Select(Digest.Array[1, 40], Gen.Int[0, 39], Digest).Sample((leaves, at, other) =>
        {
            var index = at % leaves.Length;
            var root = MerkleTree.ComputeRoot(leaves);
            var proof = MerkleProof.Create(leaves, index);

            Assert.True(proof.Verify(root, leaves.Length));
            Assert.False(proof.Verify(other, leaves.Length));
            Assert.False((proof with { ChunkHash = other }).Verify(root, leaves.Length));
            Assert.False((proof with { Proof = [.. proof.Proof, new MerkleProofStep(other, MerklePosition.Left)] }).Verify(root, leaves.Length));
            Assert.False((proof with { ChunkIndex = leaves.Length }).Verify(root, leaves.Length));
            Assert.False((proof with { ChunkIndex = -1 }).Verify(root, leaves.Length));
            for (var i = 0; i < leaves.Length; i++)
            {
                if (leaves[i] != leaves[index])
                {
                    Assert.False((proof with { ChunkIndex = i }).Verify(root, leaves.Length));
                }
            }
        }, iter: 200);

    [Fact]
    public void Proof_OfADuplicatedLeaf_DoesNotVerifyForTheTrueCount()
    {
        var (a, b, c) = (Sha256Digest.Of("a"u8), Sha256Digest.Of("b"u8), Sha256Digest.Of("c"u8));
        var root = MerkleTree.ComputeRoot([a, b, c]);
        Assert.Equal(root, MerkleTree.ComputeRoot([a, b, c, c]));
        var forged = MerkleProof.Create([a, b, c, c], 3);
        Assert.False(forged.Verify(root, 3));
        Assert.False((forged with { ChunkCount = 3 }).Verify(root, 3));
    }

    private static Sha256Digest Recursive(Sha256Digest[] nodes) => nodes.Length == 1
        ? nodes[0]
        : Recursive([.. nodes.Chunk(2).Select(pair => Parent(pair[0], pair[^1]))]);

    private static Sha256Digest Parent(Sha256Digest left, Sha256Digest right) =>
        new(SHA256.HashData([.. Convert.FromHexString(left.ToString()), .. Convert.FromHexString(right.ToString())]));
}
