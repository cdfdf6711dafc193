using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using ModelPlatform.Fetching;
using ModelPlatform.Integrity;
using ModelPlatform.Manifests;
using ModelPlatform.Registry;
using ModelPlatform.Sources;

namespace ModelPlatform.Tests.Manifests;

public sealed class ManifestDocumentTests : IAsyncLifetime
{
    private TrustFixture trust = null!;

    public async ValueTask InitializeAsync() => trust = await TrustFixture.CreateAsync();

    public ValueTask DisposeAsync() => trust.DisposeAsync();

    [Fact]
    public void Compose_AnyFiles_ReadsBackEqualAndProvesEveryChunk() =>
        Gen.Select(Gen.Long[0, 5000], Gen.Int[1, 999], Gen.Int).Array[1, 5].Sample(shapes =>
        {
            var files = shapes.Select((shape, i) => TrustFixture.File($"dir/{i}{(i % 2 == 0 ? ".json" : ".onnx")}", shape.Item3, shape.Item1, shape.Item2)).ToList();
            var content = trust.Compose("m:v1", files);
            var read = ManifestDocument.Read(content, "m:v1");
            Assert.True(read.IsSuccess, read.Error?.Message);
            Assert.Equal(content, ManifestJson.Serialize(read.Value.Manifest));
            Assert.Equal(files.FirstOrDefault(file => file.Path.EndsWith(".onnx", StringComparison.Ordinal))?.Path ?? files[0].Path, read.Value.Manifest.Artifacts[0].Path);
            Assert.Equal(read.Value.Manifest.Artifacts.Skip(1).Select(artifact => artifact.Path).Order(StringComparer.Ordinal), read.Value.Manifest.Artifacts.Skip(1).Select(artifact => artifact.Path));
            foreach (var artifact in read.Value.Manifest.Artifacts.Where(artifact => artifact.Chunking.ChunkCount is > 0 and < 50))
            {
                for (var i = 0; i < artifact.Chunking.ChunkCount; i++)
                {
                    var proof = artifact.Chunking.Prove(i);
                    Assert.True(proof.Verify(artifact.MerkleRoot, artifact.Chunking.ChunkCount));
                    Assert.Equal(MerkleProof.Create(artifact.Chunking.ChunkHashes, i).Proof, proof.Proof);
                }
            }
        }, iter: 100);

    [Fact]
    public void Serialize_FieldNames_AreThoseOfTheContract()
    {
        var json = JsonNode.Parse(trust.Compose())!;
        Assert.Equal(["schemaVersion", "model", "version", "artifacts", "provenance", "capabilities", "integrity", "trust"], json.AsObject().Select(member => member.Key));
        Assert.Equal(["id", "name", "version", "type", "tier", "capabilities", "memoryRequirement", "framework", "variant"], json["model"]!.AsObject().Select(member => member.Key));
        Assert.Equal(["path", "size", "sha256", "format", "quantization", "chunking", "merkleRoot"], json["artifacts"]![0]!.AsObject().Select(member => member.Key));
        Assert.Equal(["chunkSize", "chunkCount", "chunkHashes"], json["artifacts"]![0]!["chunking"]!.AsObject().Select(member => member.Key));
        Assert.Equal(["manifestHash", "signedPayloadHash", "timestamp", "merkleRoot", "chunking", "signatures"], json["integrity"]!.AsObject().Select(member => member.Key));
        Assert.Equal(["keyId", "algorithm", "signature"], json["integrity"]!["signatures"]![0]!.AsObject().Select(member => member.Key));
        Assert.Equal(["trustedKeySetId", "minimumSignaturesRequired"], json["trust"]!.AsObject().Select(member => member.Key));
        Assert.Matches("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{3}Z$", json["integrity"]!["timestamp"]!.GetValue<string>());
        Assert.Equal("onnx", json["artifacts"]![0]!["format"]!.GetValue<string>());
        Assert.Equal("generate", json["capabilities"]![0]!.GetValue<string>());
    }

    [Theory]
    [InlineData("artifacts.0.size", "-1")]
    [InlineData("artifacts.0.size", "9223372036854775808")]
    [InlineData("artifacts.0.size", "9223372036854775807")]
    [InlineData("artifacts.0.size", "4500.0")]
    [InlineData("artifacts.0.size", "4500.5")]
    [InlineData("artifacts.0.size", "\"4500\"")]
    [InlineData("artifacts.0.size", "null")]
    [InlineData("artifacts.0.size", "1e400")]
    [InlineData("artifacts.0.chunking.chunkSize", "0")]
    [InlineData("artifacts.0.chunking.chunkSize", "-1000")]
    [InlineData("artifacts.0.chunking.chunkSize", "4294967296")]
    [InlineData("artifacts.0.chunking.chunkCount", "4")]
    [InlineData("artifacts.0.chunking.chunkCount", "2147483648")]
    [InlineData("artifacts.0.chunking.chunkHashes", "[]")]
    [InlineData("artifacts.0.chunking.chunkHashes", "null")]
    [InlineData("artifacts.0.chunking.chunkHashes.0", "null")]
    [InlineData("artifacts.0.chunking.chunkHashes.0", "\"zz\"")]
    [InlineData("artifacts.0.chunking.chunkHashes.0", "7")]
    [InlineData("artifacts.0.chunking", "null")]
    [InlineData("artifacts.0.sha256", "\"\"")]
    [InlineData("artifacts.0.path", "\"../evil\"")]
    [InlineData("artifacts.0.path", "\"/etc/passwd\"")]
    [InlineData("artifacts.0.path", "\"a\\\\b\"")]
    [InlineData("artifacts.0.path", "\"CONFIG.json\"")]
    [InlineData("artifacts.0.path", "\"a\\u202eb\"")]
    [InlineData("artifacts.0", "null")]
    [InlineData("artifacts", "[]")]
    [InlineData("artifacts", "{}")]
    [InlineData("model.id", "\"org/other:1.0.0\"")]
    [InlineData("model.name", "\"v2\"")]
    [InlineData("model.memoryRequirement", "-1")]
    [InlineData("version", "\"2.0.0\"")]
    [InlineData("trust.minimumSignaturesRequired", "-1")]
    [InlineData("integrity.signatures.0", "null")]
    [InlineData("integrity.manifestHash", "null")]
    [InlineData("schemaVersion", "7")]
    public void Read_HostileValue_IsRefused(string path, string value)
    {
        var parts = path.Split('.');
        var changed = TrustFixture.Change(trust.Compose(), json =>
        {
            var parent = parts[..^1].Aggregate((JsonNode)json, (node, step) => int.TryParse(step, out var i) ? node[i]! : node[step]!);
            if (int.TryParse(parts[^1], out var at))
            {
                parent.AsArray()[at] = "@@";
            }
            else
            {
                parent[parts[^1]] = "@@";
            }
        });
        var text = Encoding.UTF8.GetString(changed).Replace("\"@@\"", value, StringComparison.Ordinal);
        var read = ManifestDocument.Read(Encoding.UTF8.GetBytes(text), "m:v1");
        Assert.Equal(ErrorCode.IntegrityFailed, read.Error?.Code);
    }

    [Fact]
    public void Read_AKeyTwice_IsRefused()
    {
        var text = Encoding.UTF8.GetString(trust.Compose());
        foreach (var doubled in new[] { text.Replace("{\"schemaVersion\"", "{\"version\":\"x\",\"schemaVersion\"", StringComparison.Ordinal), text.Replace("\"chunkSize\":1000", "\"chunkSize\":1000,\"chunkSize\":1", StringComparison.Ordinal) })
        {
            Assert.NotEqual(text, doubled);
            Assert.Equal(ErrorCode.IntegrityFailed, ManifestDocument.Read(Encoding.UTF8.GetBytes(doubled), "m:v1").Error?.Code);
        }
    }

    [Fact]
    public void Read_ANewerSchema_IsRefusedAsNewer()
    {
        var error = ManifestDocument.Read("{\"schemaVersion\":\"2.0.1\",\"anything\":[]}"u8.ToArray(), "m:v1").Error;
        Assert.Equal(ErrorCode.InvalidState, error?.Code);
        Assert.Contains("2.0.1", error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_CutAnywhere_IsRefused()
    {
        var content = trust.Compose();
        Gen.Int[0, content.Length - 1].Sample(length => Assert.False(ManifestDocument.Read(content.AsMemory(0, length), "m:v1").IsSuccess), iter: 300);
    }

    [Fact]
    public void Compose_AFileOfNoBytes_HasNoChunks()
    {
        var content = trust.Compose("m:v1", new FetchedFile("empty.onnx", 0, Sha256Digest.Of([]), 1000, []));
        Assert.True(ManifestDocument.Read(content, "m:v1").IsSuccess);
        Assert.Equal(MerkleTree.EmptyRoot.ToString(), JsonNode.Parse(content)!["integrity"]!["merkleRoot"]!.GetValue<string>());
    }
}
