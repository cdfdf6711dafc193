using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ModelPlatform.FunctionalTests.Platform;

namespace ModelPlatform.FunctionalTests.Operations;

/// <summary>The drill of docs/operations/backup-restore.md: back up, destroy, restore, verify exactly.</summary>
public sealed class RestoreTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("filesystem", false)]
    [InlineData("azure", true)]
    public async Task Backup_DestroyedAndRestored_GivesEveryModelBack(string store, bool stopsFirst)
    {
        await using var origin = await Origin.StartAsync();
        await using var platform = await RunningPlatform.StartAsync(
            new PlatformOptions { Arguments = ["--store", store], Environment = new Dictionary<string, string> { ["Fetch__AllowedOrigins__0"] = origin.Address } }, Token);
        var (first, second, late) = (new Content(17_000_000, seed: 71), new Content(6_000_000, seed: 72), new Content(1_000, seed: 73));
        await platform.Api.FetchAsync("url", origin.Put("/first.onnx", first), "first", Token);
        await platform.Api.FetchAsync("url", origin.Put("/second.onnx", second), "second", Token);
        await platform.Api.PutAsJsonAsync("/v1/models/first/aliases/champion", new { version = "v1" }, Token);
        var manifest = await platform.Api.GetByteArrayAsync("/v2/manifests/first:v1", Token);

        var backup = Path.Combine(platform.Folder, "backup");
        if (stopsFirst)
        {
            await platform.StopAsync(Token);
        }

        BackUp(platform.Data, backup);
        if (!stopsFirst)
        {
            // Whatever comes afterwards is not in it, and takes nothing from it.
            await platform.Api.FetchAsync("url", origin.Put("/late.onnx", late), "late", Token);
            await platform.StopAsync(Token);
        }

        Directory.Delete(platform.Data, recursive: true);
        Copy(backup, platform.Data);
        await platform.StartAgainAsync(Token);

        Assert.Equal(manifest, await platform.Api.GetByteArrayAsync("/v2/manifests/first:v1", Token));
        await platform.Api.AssertArtifactAsync("first:v1", "first.onnx", first, Token);
        await platform.Api.AssertArtifactAsync("first@champion", "first.onnx", first, Token);
        await platform.Api.AssertArtifactAsync("second:v1", "second.onnx", second, Token);
        var verification = await platform.Api.GetFromJsonAsync<JsonObject>("/v2/models/first:v1/verification", Token);
        Assert.True((bool)verification!["valid"]!, verification.ToJsonString());
        using var scrubbed = await platform.Api.PostAsync("/v1/storage/verify", null, Token);
        var report = await scrubbed.Content.ReadFromJsonAsync<JsonObject>(Token);
        Assert.True((int)report!["checked"]! >= 6 && report["bad"]!.AsArray().Count == 0, report.ToJsonString());

        // What is signed from now on is signed with the same key.
        await platform.Api.FetchAsync("url", origin.Put("/third.onnx", late), "third", Token);
        var keys = await platform.Api.GetFromJsonAsync<JsonObject>("/v2/trust/keys", Token);
        Assert.Single(keys!["keys"]!.AsArray());
    }

    /// <summary>All but Redis; of the store, manifests before chunks, so that each chunk a copied manifest names is copied too.</summary>
    private static void BackUp(string data, string to)
    {
        string[] order = ["keys", "plugins", "dashboard", "store/manifests", "store/documents", "store", "blobs"];
        foreach (var part in order.Where(part => Directory.Exists(Path.Combine(data, part))))
        {
            Copy(Path.Combine(data, part), Path.Combine(to, part));
        }
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            if (!File.Exists(target))
            {
                File.Copy(file, target);
            }
        }
    }
}
