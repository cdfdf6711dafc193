using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using ModelPlatform.Integrity;

namespace ModelPlatform.Benchmarks;

/// <summary>The kernels every byte passes through.</summary>
[ShortRunJob]
public class HashKernels
{
    private readonly byte[] chunk = RandomNumberGenerator.GetBytes(5 * 1024 * 1024);
    private readonly Sha256Digest[] leaves = [.. Enumerable.Range(0, 4096).Select(i => Sha256Digest.Of(BitConverter.GetBytes(i)))];

    /// <summary>SHA-256 of a chunk.</summary>
    [Benchmark]
    public Sha256Digest Chunk() => Sha256Digest.Of(chunk);

    /// <summary>Merkle root of a 20 GiB file.</summary>
    [Benchmark]
    public Sha256Digest MerkleRoot() => MerkleTree.ComputeRoot(leaves);

    /// <summary>Proof of one chunk of a 20 GiB file.</summary>
    [Benchmark]
    public MerkleProof Proof() => MerkleProof.Create(leaves, 1234);
}
