using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ModelPlatform.Integrity;
using GarnetFixture = ModelPlatform.Tests.Jobs.GarnetFixture;

namespace ModelPlatform.Tests.Registry;

/// <summary>The keeping of the store as a client on the wire sees it: statistics, collection, verification, pin, deletion.</summary>
public sealed class StorageApiTests(GarnetFixture fixture) : IClassFixture<GarnetFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Storage_FromPublicationToCollection()
    {
        await fixture.Server.EmptyAsync();
        await using var host = await RegistryHost.StartAsync(fixture.Server);
        await using var api = await RegistryApi.StartAsync(fixture.Server, host, ("Chunks:GracePeriod", "00:00:01"));
        await host.PublishAsync("kept:v1", seed: 1);
        await host.PublishAsync("gone:v1", seed: 2);

        var usage = await GetAsync(api, "/v1/storage");
        Assert.Equal((7, 0), ((int)usage["chunkCount"]!, (int)usage["quarantined"]!));
        Assert.True((double)usage["dedupeRatio"]! > 1, "Both hold the same config.json.");
        Assert.Equal(2 * (2500 + 2), (long)usage["logicalBytes"]!);

        var pinned = await SendAsync(api, HttpMethod.Put, "/v1/models/kept:v1/pin");
        Assert.True((bool)pinned["pinned"]!);
        Assert.False((bool)(await SendAsync(api, HttpMethod.Delete, "/v1/models/kept:v1/pin"))["pinned"]!);

        Assert.Equal("deleted", (string?)(await SendAsync(api, HttpMethod.Delete, "/v1/models/gone:v1"))["status"]);
        Assert.Equal(HttpStatusCode.NotFound, (await api.Client.DeleteAsync("/v1/models/gone:v1", Token)).StatusCode);
        var dry = await SendAsync(api, HttpMethod.Post, "/v1/storage/gc?dryRun=true");
        Assert.True((bool)dry["dryRun"]!);
        Assert.Equal(3, (int)dry["deletedChunks"]! + (int)dry["pendingChunks"]!);
        Assert.Equal(7, (int)(await GetAsync(api, "/v1/storage"))["chunkCount"]!);

        // The grace period is a second here: deleting, and collecting what it leaves, are two operations.
        for (var (collected, tries) = (0, 0); collected < 3; await Task.Delay(200, Token))
        {
            Assert.True(tries++ < 300, $"{collected} of 3 chunks were collected.");
            collected += (int)(await SendAsync(api, HttpMethod.Post, "/v1/storage/gc"))["deletedChunks"]!;
        }

        Assert.Equal(4, (int)(await GetAsync(api, "/v1/storage"))["chunkCount"]!);
        var verified = await SendAsync(api, HttpMethod.Post, "/v1/storage/verify");
        Assert.Equal((4, 0), ((int)verified["checked"]!, verified["bad"]!.AsArray().Count));
    }

    [Fact]
    public async Task Verify_DamagedChunkWithoutASource_NamesItAndTakesItOut()
    {
        await fixture.Server.EmptyAsync();
        await using var host = await RegistryHost.StartAsync(fixture.Server);
        await using var api = await RegistryApi.StartAsync(fixture.Server, host);
        var model = await host.PublishAsync("hurt:v1", seed: 3);
        var chunk = model.Manifest.Artifacts[0].Chunking.ChunkHashes[1];
        await host.Chunks.QuarantineAsync(chunk, Token);
        await host.Chunks.PutAsync(chunk, new byte[1024], Token);

        var report = await SendAsync(api, HttpMethod.Post, "/v1/storage/verify");

        var bad = Assert.Single(report["bad"]!.AsArray())!;
        Assert.Equal((chunk.ToString(), false), ((string)bad["chunk"]!, (bool)bad["healed"]!));
        Assert.Contains("hurt:v1", (string)bad["reason"]!, StringComparison.Ordinal);
        // Refused, or broken off where it has begun: never given whole.
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => api.Client.GetByteArrayAsync($"/v2/models/hurt:v1/artifacts/{model.Manifest.Artifacts[0].Path}", Token));
    }

    [Fact]
    public async Task EvictedModel_ReadsNotDownloaded_UntilItIsPublishedAgain()
    {
        await fixture.Server.EmptyAsync();
        await using var host = await RegistryHost.StartAsync(fixture.Server);
        await using var api = await RegistryApi.StartAsync(fixture.Server, host);
        var model = await host.PublishAsync("evicted:v1", seed: 4);
        Assert.Equal("downloaded", (string?)(await GetAsync(api, "/v1/models/evicted:v1"))["status"]);

        await host.Registry.UpdateCardAsync(model.Id, card => card with { IsEvicted = true }, Token);

        Assert.Equal("not_downloaded", (string?)(await GetAsync(api, "/v1/models/evicted:v1"))["status"]);
        var listed = (await api.Client.GetFromJsonAsync<JsonArray>("/v1/models", Token))!.Single(state => (string?)state!["id"] == "evicted:v1")!;
        Assert.Equal("not_downloaded", (string?)listed["status"]);
        await host.PublishAsync("evicted:v1", seed: 4);
        Assert.Equal("downloaded", (string?)(await GetAsync(api, "/v1/models/evicted:v1"))["status"]);
    }

    private static async Task<JsonObject> GetAsync(RegistryApi api, string path) => (await api.Client.GetFromJsonAsync<JsonObject>(path, Token))!;

    private static async Task<JsonObject> SendAsync(RegistryApi api, HttpMethod method, string path)
    {
        using var answer = await api.Client.SendAsync(new HttpRequestMessage(method, path), Token);
        Assert.True(answer.IsSuccessStatusCode, $"{method} {path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(Token)}");
        return (await answer.Content.ReadFromJsonAsync<JsonObject>(Token))!;
    }
}
