using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using ModelPlatform.Fetching;
using ModelPlatform.Integrity;
using ModelPlatform.Manifests;
using ModelPlatform.Manifests.Trust;
using ModelPlatform.Registry;
using ModelPlatform.Sources;
using ModelPlatform.Tests.Registry;

namespace ModelPlatform.Tests.Manifests;

/// <summary>Real keys in a directory of their own, and manifests signed with them.</summary>
internal sealed class TrustFixture : IAsyncDisposable
{
    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("mp-trust-").FullName;

    public PlatformKeys Keys { get; private set; } = null!;

    public static async Task<TrustFixture> CreateAsync(TimeProvider? time = null)
    {
        var fixture = new TrustFixture();
        fixture.Keys = fixture.Open(time);
        await fixture.Keys.StartAsync(CancellationToken.None);
        return fixture;
    }

    /// <summary>The same keys as another process sees them.</summary>
    public PlatformKeys Open(TimeProvider? time = null) => new(Directory, time ?? TimeProvider.System, NullLogger<PlatformKeys>.Instance);

    public ManifestVerification Verify(byte[] manifest, TrustRoot? root = null, bool require = false) =>
        new ManifestVerifier(() => root ?? Keys.Root, require).Verify(manifest);

    public byte[] Compose(string id = "org/model:1.0.0", params IReadOnlyList<FetchedFile> files)
    {
        Assert.True(ModelId.TryParse(id, out var model));
        var fetched = RegistryHost.Describe(files.Count > 0 ? files : [File("onnx/model.onnx", 5, 4500), File("config.json", 1, 10)], metadata: new JsonObject { ["pipelineTag"] = "text-generation" });
        return new ManifestComposer(Keys, TimeProvider.System).Compose(model, fetched, RegistryHost.Card()).Content;
    }

    /// <summary>A file that exists only as hashes.</summary>
    public static FetchedFile File(string path, int seed, long size, int chunkSize = 1000)
    {
        var count = (int)((size + chunkSize - 1) / chunkSize);
        return new FetchedFile(path, size, Digest($"{seed}"), chunkSize, [.. Enumerable.Range(0, count).Select(i => Digest($"{seed}/{i}"))]);
    }

    public static Sha256Digest Digest(string text) => Sha256Digest.Of(System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>Changes a manifest as a forger would who cannot sign.</summary>
    public static byte[] Change(byte[] manifest, Action<JsonObject> change, bool rehash = false)
    {
        var json = JsonNode.Parse(manifest)!.AsObject();
        change(json);
        if (rehash)
        {
            Rehash(json);
        }

        return JsonSerializer.SerializeToUtf8Bytes(json);
    }

    /// <summary>Makes all hashes right again.</summary>
    public static Sha256Digest Rehash(JsonObject json)
    {
        foreach (var artifact in json["artifacts"]!.AsArray())
        {
            artifact!["merkleRoot"] = MerkleTree.ComputeRoot([.. artifact["chunking"]!["chunkHashes"]!.AsArray().Select(hash => Sha256Digest.Parse(hash!.GetValue<string>()))]).ToString();
        }

        var integrity = json["integrity"]!;
        integrity["merkleRoot"] = json["artifacts"]![0]!["merkleRoot"]!.GetValue<string>();
        integrity["chunking"] = json["artifacts"]![0]!["chunking"]!.DeepClone();
        var hashes = ManifestHashes.Compute(JsonSerializer.SerializeToElement(json));
        integrity["manifestHash"] = hashes.ManifestHash.ToString();
        integrity["signedPayloadHash"] = hashes.SignedPayloadHash!.Value.ToString();
        return hashes.SignedPayloadHash.Value;
    }

    public ValueTask DisposeAsync()
    {
        Keys.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
        return ValueTask.CompletedTask;
    }
}
