using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using ModelPlatform.Manifests.Trust;

namespace ModelPlatform.Tests.Manifests;

public sealed class PlatformKeysTests : IAsyncLifetime
{
    private readonly FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());
    private TrustFixture trust = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => trust = await TrustFixture.CreateAsync(time);

    public ValueTask DisposeAsync() => trust.DisposeAsync();

    [Fact]
    public async Task Start_TenProcessesAtOnce_MakeOneKey()
    {
        var directory = Directory.CreateTempSubdirectory("mp-keys-").FullName;
        try
        {
            var processes = Enumerable.Range(0, 10).Select(_ => new PlatformKeys(directory, TimeProvider.System, NullLogger<PlatformKeys>.Instance)).ToList();
            await Task.WhenAll(processes.Select(process => Task.Run(() => process.StartAsync(Cancel), Cancel)));
            Assert.Single(Directory.GetFiles(directory, "*.key"));
            Assert.Single(processes.Select(process => Assert.Single(process.Root.Keys).KeyId).Distinct());
            Assert.Single(processes.Select(process => process.Sign(default).Single().Signature).Distinct());
            processes.ForEach(process => process.Dispose());
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void Start_TheKeyFile_IsTheOwnersAlone()
    {
        var file = Assert.Single(Directory.GetFiles(trust.Directory, "*.key"));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }

        Assert.DoesNotContain("PRIVATE", File.ReadAllText(Path.Combine(trust.Directory, "trust-root.json")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rotate_OldAndNewManifests_VerifyEverywhere()
    {
        var other = trust.Open(time);
        var before = trust.Compose();
        var oldRoot = trust.Keys.Root;
        time.Advance(TimeSpan.FromDays(1));

        var created = await trust.Keys.RotateAsync(Cancel);
        Assert.Equal(oldRoot.Keys[0].KeyId, created.DelegatedBy);
        Assert.Single(Directory.GetFiles(trust.Directory, "*.key"));
        Assert.Equal(created.KeyId, other.Sign(default).Single().KeyId);
        Assert.True(trust.Verify(before, require: true).Valid);

        // Whoever knows only the old root believes the new key through the old one's signature.
        using var composing = new PlatformKeysAt(trust, time);
        var after = composing.Compose();
        Assert.False(trust.Verify(after, oldRoot).Valid);
        Assert.True(trust.Verify(after, oldRoot with { Keys = [.. oldRoot.Keys, created] }).Valid);
        Assert.False(trust.Verify(after, oldRoot with { Keys = [.. oldRoot.Keys, created with { DelegationSignature = Convert.ToBase64String(new byte[64]) }] }).Valid);
        other.Dispose();
    }

    [Fact]
    public void Root_TheOperatorRevokes_IsSeenWithoutARestart()
    {
        var manifest = trust.Compose();
        Assert.True(trust.Verify(manifest).Valid);
        var path = Path.Combine(trust.Directory, "trust-root.json");
        var root = JsonNode.Parse(File.ReadAllText(path))!;
        root["revoked"] = new JsonArray(trust.Keys.Root.Keys[0].KeyId);
        File.WriteAllText(path, root.ToJsonString());
        File.SetLastWriteTimeUtc(path, time.GetUtcNow().UtcDateTime.AddMinutes(1));
        Assert.Equal(["Insufficient valid signatures: 0/1"], trust.Verify(manifest).Errors);
        Assert.Throws<InvalidOperationException>(() => trust.Keys.Sign(default));

        File.WriteAllText(path, "{ half");
        File.SetLastWriteTimeUtc(path, time.GetUtcNow().UtcDateTime.AddMinutes(2));
        Assert.Single(trust.Keys.Root.Revoked);
    }

    [Fact]
    public async Task Verify_ByNodeAlone_AgreesWithThePlatform()
    {
        var manifest = trust.Compose();
        Assert.Equal((0, "valid: 1/1"), await RunNodeAsync(manifest, trust.Keys.Root));
        var forged = TrustFixture.Change(manifest, json => json["artifacts"]![0]!["sha256"] = TrustFixture.Digest("x").ToString(), rehash: true);
        Assert.Equal((1, "refused: signatures 0/1"), await RunNodeAsync(forged, trust.Keys.Root));
        var broken = TrustFixture.Change(manifest, json => json["model"]!["tier"] = "large");
        Assert.Equal((1, "refused: manifest hash"), await RunNodeAsync(broken, trust.Keys.Root));

        time.Advance(TimeSpan.FromDays(1));
        await trust.Keys.RotateAsync(Cancel);
        using var composing = new PlatformKeysAt(trust, time);
        Assert.Equal((0, "valid: 1/1"), await RunNodeAsync(composing.Compose(), trust.Keys.Root));
        Assert.Equal((0, "valid: 1/1"), await RunNodeAsync(manifest, trust.Keys.Root));
    }

    private static async Task<(int ExitCode, string Output)> RunNodeAsync(byte[] manifest, TrustRoot root)
    {
        var directory = Directory.CreateTempSubdirectory("mp-node-").FullName;
        try
        {
            var (manifestFile, rootFile) = (Path.Combine(directory, "manifest.json"), Path.Combine(directory, "root.json"));
            await File.WriteAllBytesAsync(manifestFile, manifest, Cancel);
            await File.WriteAllBytesAsync(rootFile, JsonSerializer.SerializeToUtf8Bytes(root, TrustJson.Default.TrustRoot), Cancel);
            var start = new ProcessStartInfo("node", [Path.Combine(AppContext.BaseDirectory, "Manifests", "verify-manifest.mjs"), manifestFile, rootFile]) { RedirectStandardOutput = true };
            using var node = Process.Start(start)!;
            var output = await node.StandardOutput.ReadToEndAsync(Cancel);
            await node.WaitForExitAsync(Cancel);
            return (node.ExitCode, output.Trim());
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Composes at the time of the test's clock.</summary>
    private sealed class PlatformKeysAt(TrustFixture trust, TimeProvider time) : IDisposable
    {
        private readonly PlatformKeys keys = trust.Open(time);

        public byte[] Compose() => new ModelPlatform.Manifests.ManifestComposer(keys, time)
            .Compose(new ModelPlatform.Registry.ModelId("m", "v1"), Registry.RegistryHost.Describe([TrustFixture.File("m.onnx", 1, 10)]), Registry.RegistryHost.Card()).Content;

        public void Dispose() => keys.Dispose();
    }
}
