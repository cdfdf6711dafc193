using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelPlatform.Manifests.Trust;

namespace ModelPlatform.Tests.Manifests;

/// <summary>A model signed, tampered with in ten ways, and judged three times: by the platform, by a script in Node, and with the signatures left to openssl. The two share no code with the first.</summary>
public sealed class TamperingTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const string NoneOfOne = "Insufficient valid signatures: 0/1";
    private const string NoSignature = "refused: signatures 0/1";

    private TrustFixture trust = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => trust = await TrustFixture.CreateAsync();

    public ValueTask DisposeAsync() => trust.DisposeAsync();

    [Fact]
    public async Task Judge_AsSigned_IsValidForAll()
    {
        var manifest = trust.Compose();
        Assert.True(trust.Verify(manifest, require: true).Valid);
        Assert.Equal("valid: 1/1", await RunScriptAsync(manifest, withOpenssl: false));
        Assert.Equal("valid: 1/1", await RunScriptAsync(manifest, withOpenssl: true));
    }

    public static TheoryData<string, bool, string, string> Ways => new()
    {
        // What is done, whether all hashes are made right again, what the platform says, and what the script says.
        { "a file's hash replaced", false, "Manifest hash mismatch", "refused: manifest hash" },
        { "a file's hash replaced, hashes made right", true, NoneOfOne, NoSignature },
        { "two chunks swapped, hashes made right", true, NoneOfOne, NoSignature },
        { "the last chunk listed twice", true, "artifacts[0].chunking: 4500 bytes in chunks of 1000 are 5 chunks, but chunkCount is 6", "refused: chunk count of onnx/model.onnx" },
        { "a file left out, hashes made right", true, NoneOfOne, NoSignature },
        { "another name, hashes made right", true, NoneOfOne, NoSignature },
        { "another time, hashes made right", true, NoneOfOne, NoSignature },
        { "the signatures stripped", false, NoneOfOne, NoSignature },
        { "one bit of the signature flipped", false, NoneOfOne, NoSignature },
        { "signed by a stranger who brings his key", true, NoneOfOne, NoSignature },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Judge_Tampered_IsRefusedByAll(string way, bool rehash, string platform, string script)
    {
        using var stranger = new TestKey("stranger");
        var manifest = TrustFixture.Change(trust.Compose(), json => Tamper(way, json), rehash);
        if (way.StartsWith("signed by", StringComparison.Ordinal))
        {
            manifest = stranger.AddTo(TrustFixture.Change(manifest, json => json["integrity"]!["signatures"] = new JsonArray()));
        }

        var judged = trust.Verify(manifest);
        output.WriteLine($"{way}: {string.Join("; ", judged.Errors.Concat(judged.Warnings))}");
        Assert.False(judged.Valid);
        Assert.Contains(judged.Errors, error => error.StartsWith(platform, StringComparison.Ordinal));
        Assert.Equal(script, await RunScriptAsync(manifest, withOpenssl: false));
        Assert.Equal(script, await RunScriptAsync(manifest, withOpenssl: true));
    }

    private static void Tamper(string way, JsonObject json)
    {
        var hashes = json["artifacts"]![0]!["chunking"]!["chunkHashes"]!.AsArray();
        var signature = json["integrity"]!["signatures"]![0]!;
        switch (way.Split(',')[0])
        {
            case "a file's hash replaced": json["artifacts"]![0]!["sha256"] = TrustFixture.Digest("x").ToString(); break;
            case "two chunks swapped": (hashes[0], hashes[1]) = (hashes[1]!.DeepClone(), hashes[0]!.DeepClone()); break;
            case "the last chunk listed twice":
                hashes.Add(hashes[4]!.DeepClone());
                json["artifacts"]![0]!["chunking"]!["chunkCount"] = 6;
                break;
            case "a file left out": json["artifacts"]!.AsArray().RemoveAt(1); break;
            case "another name": (json["model"]!["id"], json["model"]!["name"]) = ("org/trusted:1.0.0", "org/trusted"); break;
            case "another time": json["integrity"]!["timestamp"] = "2999-01-01T00:00:00.000Z"; break;
            case "the signatures stripped": json["integrity"]!["signatures"] = new JsonArray(); break;
            case "one bit of the signature flipped":
                var bytes = Convert.FromBase64String(signature["signature"]!.GetValue<string>());
                bytes[10] ^= 1;
                signature["signature"] = Convert.ToBase64String(bytes);
                break;
            case "signed by a stranger who brings his key": json["trust"]!["keys"] = new JsonArray("stranger"); break;
            default: throw new ArgumentOutOfRangeException(nameof(way), way, null);
        }
    }

    private async Task<string> RunScriptAsync(byte[] manifest, bool withOpenssl)
    {
        var directory = Directory.CreateTempSubdirectory("mp-tampered-").FullName;
        try
        {
            var (manifestFile, rootFile) = (Path.Combine(directory, "manifest.json"), Path.Combine(directory, "root.json"));
            await File.WriteAllBytesAsync(manifestFile, manifest, Cancel);
            await File.WriteAllBytesAsync(rootFile, JsonSerializer.SerializeToUtf8Bytes(trust.Keys.Root, TrustJson.Default.TrustRoot), Cancel);
            string[] arguments = [Path.Combine(AppContext.BaseDirectory, "Manifests", "verify-manifest.mjs"), manifestFile, rootFile, .. withOpenssl ? ["openssl"] : Array.Empty<string>()];
            using var node = Process.Start(new ProcessStartInfo("node", arguments) { RedirectStandardOutput = true })!;
            var said = (await node.StandardOutput.ReadToEndAsync(Cancel)).Trim();
            await node.WaitForExitAsync(Cancel);
            Assert.Equal(said.StartsWith("valid", StringComparison.Ordinal) ? 0 : 1, node.ExitCode);
            return said;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
