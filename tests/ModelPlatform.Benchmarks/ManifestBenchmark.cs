using ModelPlatform.Integrity;
using ModelPlatform.Manifests;
using ModelPlatform.Manifests.Trust;
using ModelPlatform.Registry;

namespace ModelPlatform.Benchmarks;

/// <summary>A manifest of 20,000 chunks: read, checked, verified and proven from.</summary>
internal static class ManifestBenchmark
{
    private const int Chunks = 20_000;
    private const int Times = 200;

    /// <summary>Measures; true where every limit is kept.</summary>
    public static async Task<bool> RunAsync(BenchmarkSettings settings)
    {
        using var samples = await SampleManifests.CreateAsync();
        var content = samples.Compose(new ModelId("m", "v1"), Chunks, SampleManifests.Card(1)).Content;
        var verifier = new ManifestVerifier(() => samples.Keys.Root, requireByDefault: true);
        var figures = new Figures($"a manifest of {Chunks} chunks, {content.Length} bytes");
        await figures.TimeAsync("parse and check structure and hashes, first in the process", 1, 150, () => Task.FromResult(Read(content)));
        await figures.TimeAsync("parse, check and verify signatures, first in the process", 1, 150, () => Task.FromResult(Verify(verifier, content)));
        await figures.TimeAsync("parse and check structure and hashes", Times, 150, () => Task.FromResult(Read(content)));
        await figures.TimeAsync("parse, check and verify signatures", Times, 150, () => Task.FromResult(Verify(verifier, content)));

        var read = Read(content).Artifacts[0].Chunking;
        await figures.TimeAsync("first proof from a manifest that was read", 1, 5, () => Task.FromResult(read.Prove(12_345)));
        await figures.TimeAsync("proof", 10_000, 5, () => Task.FromResult(read.Prove(Random.Shared.Next(Chunks))));
        await figures.TimeAsync("the tree alone", Times, 150, () => Task.FromResult(MerkleTree.ComputeRoot(read.ChunkHashes)));
        await figures.WriteAsync(settings.Json);
        return figures.AreKept;
    }

    private static Manifest Read(byte[] content) => ManifestDocument.Read(content, "m").TryGet(out var document, out var error) ? document.Manifest : throw new InvalidOperationException(error.Message);

    private static ManifestVerification Verify(ManifestVerifier verifier, byte[] content) =>
        verifier.Verify(content) is { Valid: true } verified ? verified : throw new InvalidOperationException("The sample is not valid.");
}
