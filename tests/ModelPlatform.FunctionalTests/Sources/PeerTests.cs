using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ModelPlatform.FunctionalTests.Platform;

namespace ModelPlatform.FunctionalTests.Sources;

/// <summary>Models of other sites: three platforms of several processes each, with lines between them that can be watched, slowed and cut.</summary>
public sealed class PeerTests(PlatformFixture shared)
{
    private const int Chunk = 5 * 1024 * 1024;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Fetch_FromRealSites_SignedBySeveralAtOnceThroughKillsAndCuts()
    {
        var north = await shared.GetAsync(Stop);
        var (small, large) = (new Content(23_000_001, seed: 61), new Content(90_000_000, seed: 62));
        await north.Api.FetchAsync("url", shared.Origin.Put("/peer/small.onnx", small), "small", Stop);
        await north.Api.FetchAsync("url", shared.Origin.Put("/peer/large.onnx", large), "large", Stop);

        // South takes both from north, a platform from a platform, and is a site itself from then on.
        await using var toNorth = await SiteRelay.StartAsync(north.Api.BaseAddress!);
        await using var south = await RunningPlatform.StartAsync(Options(("north", toNorth)), Stop);
        await south.Api.FetchAsync("peer", "north/small:v1", "small", Stop);
        await south.Api.FetchAsync("peer", "north/large", "large", Stop);
        await south.Api.AssertArtifactAsync("small:v1", "small.onnx", small, Stop);
        Assert.Equal(small.Length + large.Length, toNorth.Bytes);

        await using var fromNorth = await SiteRelay.StartAsync(north.Api.BaseAddress!);
        await using var fromSouth = await SiteRelay.StartAsync(south.Api.BaseAddress!);
        var options = Options(("north", fromNorth), ("south", fromSouth));
        await using var west = await RunningPlatform.StartAsync(
            options with
            {
                Environment = new Dictionary<string, string>(options.Environment)
                {
                    ["Trust__Require"] = "true", ["Fetch__MemoryBudget"] = $"{4 * Chunk}", ["Fetch__AllowedOrigins__0"] = shared.Origin.Address, ["MODEL_FETCH_INITIAL_RETRY_DELAY"] = "200",
                },
            }, Stop);

        // Nobody here knows north's key: refused, with what to do about it, before a byte has moved.
        var job = await FetchAsync(west, "north/small", "small");
        Assert.Equal(("failed", "INTEGRITY_FAILED"), ((string?)job["status"], (string?)job["errorCode"]));
        Assert.Contains("trust-root.json", (string?)job["lastError"]);
        Assert.Equal(0, fromNorth.Bytes + fromSouth.Bytes);

        await TrustAsync(west, north);
        fromNorth.Edit = manifest => manifest["provenance"]!["source"]!["name"] = "elsewhere";
        job = await FetchAsync(west, "north/small", "small");
        Assert.Equal(("failed", "INTEGRITY_FAILED"), ((string?)job["status"], (string?)job["errorCode"]));
        fromNorth.Edit = null;

        // Both sites give their part of it.
        job = await FetchAsync(west, "north/small:v1", "small");
        Assert.True((string?)job["status"] == "completed", job.ToJsonString() + west.Log);
        await west.Api.AssertArtifactAsync("small:v1", "small.onnx", small, Stop);
        Assert.Equal(small.Length, fromNorth.Bytes + fromSouth.Bytes);
        Assert.All([fromNorth, fromSouth], line => Assert.InRange(line.Bytes, Chunk, small.Length - Chunk));

        // The job server is killed in the middle, then the line to north is cut for good: south gives the rest, and no verified chunk is fetched again.
        var before = fromNorth.Bytes + fromSouth.Bytes;
        fromNorth.Delay = fromSouth.Delay = TimeSpan.FromMilliseconds(20);
        var jobId = await PostAsync(west, "north/large:v1", "large");
        await UntilAsync(() => fromNorth.Bytes + fromSouth.Bytes - before > 30_000_000);
        west.KillChild("jobs");
        fromNorth.CutAfter = fromNorth.Bytes + 15_000_000;
        job = await west.Api.WaitForEndAsync(jobId, Stop).WaitAsync(TimeSpan.FromMinutes(4), Stop);
        Assert.True((string?)job["status"] == "completed", job.ToJsonString() + west.Log);
        await west.Api.AssertArtifactAsync("large:v1", "large.onnx", large, Stop);
        Assert.InRange(fromNorth.Bytes + fromSouth.Bytes - before, large.Length, large.Length + (12 * Chunk));
    }

    [Fact]
    public async Task Fetch_ManifestNamesOtherPlaces_TheyAreAskedInOrderAndOneGoesOnWhereAnotherBroke()
    {
        var north = await shared.GetAsync(Stop);
        var model = new Content(40_000_001, seed: 63);
        await north.Api.FetchAsync("url", shared.Origin.Put("/peer/model.onnx", model), "placed", Stop);
        await using var bucket = await Origin.StartAsync();
        await using var line = await SiteRelay.StartAsync(north.Api.BaseAddress!);
        var url = bucket.Put("/bucket/model.onnx", model);
        bucket.Intercept = async (context, _) =>
        {
            if (bucket.BytesSent("/bucket/model.onnx") < 20_000_000)
            {
                return false;
            }

            context.Response.StatusCode = 404;
            await context.Response.CompleteAsync();
            return true;
        };
        line.Edit = manifest => manifest["distribution"] = new JsonObject { ["gcs"] = url, ["fallbackUrls"] = new JsonArray(url) };
        var options = Options(("north", line));
        await using var west = await RunningPlatform.StartAsync(options with { Environment = new Dictionary<string, string>(options.Environment) { ["Fetch__AllowedOrigins__0"] = bucket.Address } }, Stop);

        var job = await FetchAsync(west, "north/placed", "placed");

        Assert.True((string?)job["status"] == "completed", job.ToJsonString() + west.Log);
        await west.Api.AssertArtifactAsync("placed:v1", "model.onnx", model, Stop);
        Assert.InRange(bucket.BytesSent("/bucket/model.onnx"), 20_000_000, model.Length);
        Assert.InRange(line.Bytes, 1, model.Length - 10_000_000);
        Assert.Contains("was not had from url", west.Log);
    }

    private static PlatformOptions Options(params (string Name, SiteRelay Relay)[] sites) => new()
    {
        Arguments = ["--store", "filesystem"],
        Environment = sites.SelectMany((site, index) => new[] { ($"Sources__Peer__Sites__{index}__Name", site.Name), ($"Sources__Peer__Sites__{index}__Url", site.Relay.Url) })
            .ToDictionary(pair => pair.Item1, pair => pair.Item2),
    };

    /// <summary>What an operator does who trusts another site: its keys into the own trust root.</summary>
    private static async Task TrustAsync(RunningPlatform platform, RunningPlatform site)
    {
        var path = Path.Combine(platform.Data, "keys", "trust-root.json");
        var root = JsonNode.Parse(await File.ReadAllTextAsync(path, Stop))!;
        foreach (var key in (await site.Api.GetFromJsonAsync<JsonObject>("/v2/trust/keys", Stop))!["keys"]!.AsArray())
        {
            root["keys"]!.AsArray().Add(key!.DeepClone());
        }

        await File.WriteAllTextAsync(path + ".new", root.ToJsonString(), Stop);
        File.Move(path + ".new", path, overwrite: true);
    }

    private static async Task<string> PostAsync(RunningPlatform platform, string reference, string name)
    {
        var (status, body) = await platform.Api.PostFetchAsync(FetchApi.Request("peer", reference, name), Stop);
        Assert.True(status == 202, $"{status} {body.ToJsonString()}");
        return (string)body["jobId"]!;
    }

    private static async Task<JsonObject> FetchAsync(RunningPlatform platform, string reference, string name) =>
        await platform.Api.WaitForEndAsync(await PostAsync(platform, reference, name), Stop).WaitAsync(TimeSpan.FromMinutes(3), Stop);

    private static async Task UntilAsync(Func<bool> isReached)
    {
        for (var started = TimeProvider.System.GetTimestamp(); !isReached(); await Task.Delay(20, Stop))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromMinutes(2), "The moment waited for never came.");
        }
    }
}
