using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using ModelPlatform.Fetching;
using ModelPlatform.Integrity;
using ModelPlatform.Sources;

namespace ModelPlatform.Tests.Fetching;

/// <summary>The order of places for a file whose manifest is known: cache, gcs, ipfs, p2p, fallbackUrls.</summary>
public sealed class DistributionTests
{
    private const string Gcs = "https://bucket.example/model.onnx";
    private const string Cid = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi";
    private const string First = "https://one.example/model.onnx";
    private const string Second = "https://two.example/model.onnx";

    private static readonly byte[] Model = FetchBench.Content(40 * FetchBench.ChunkSize + 17);
    private static readonly byte[] Config = FetchBench.Content(1000, 2);

    [Fact]
    public async Task Fetch_EverythingThere_TheFirstPlaceGivesThePrimaryFileAndTheSiteTheRest()
    {
        var (bench, places) = Create(new JsonObject { ["gcs"] = Gcs, ["ipfs"] = Cid, ["fallbackUrls"] = new JsonArray(First) });
        await using (bench)
        {
            await bench.AssertExactAsync(await FetchAsync(bench), Model, Config);
            Assert.Equal(["model.onnx@" + Gcs, "config.json@site"], places.Given.Distinct().Order(StringComparer.Ordinal).Reverse());
        }
    }

    [Fact]
    public async Task Fetch_EachPlaceDiesInTurn_TheNextGoesOnFromTheLastVerifiedChunk()
    {
        var (bench, places) = Create(new JsonObject { ["gcs"] = Gcs, ["ipfs"] = Cid, ["fallbackUrls"] = new JsonArray(First, Second) });
        await using (bench)
        {
            bench.Options.Connections = 1;
            places.Ends = new() { [Gcs] = 10, [Cid] = 20, ["site"] = 30, [First] = 35 };
            await bench.AssertExactAsync(await FetchAsync(bench), Model, Config);
            Assert.Equal(new[] { Gcs, Cid, "site", First, Second }, places.Given.Where(given => given.StartsWith("model", StringComparison.Ordinal)).Select(given => given.Split('@')[1]).Distinct());
            Assert.InRange(places.Bytes, Model.Length + Config.Length, Model.Length + Config.Length + (4 * FetchBench.ChunkSize));
        }
    }

    [Fact]
    public async Task Fetch_OrderConfigured_IsObeyed()
    {
        var (bench, places) = Create(new JsonObject { ["gcs"] = Gcs, ["ipfs"] = Cid });
        await using (bench)
        {
            bench.Options.SourceOrder = ["cache", "p2p", "ipfs"];
            places.Ends = new() { ["site"] = 0 };
            await bench.AssertExactAsync(await FetchAsync(bench), Model, Config);
            Assert.Equal(["site", Cid], places.Asked.Where(asked => asked.StartsWith("model", StringComparison.Ordinal)).Select(asked => asked.Split('@')[1]).Distinct());
        }
    }

    [Fact]
    public async Task Fetch_ChunksInTheCache_AreAskedOfNobody()
    {
        var (bench, places) = Create(new JsonObject { ["gcs"] = Gcs });
        await using (bench)
        {
            foreach (var chunk in Model.Chunk(FetchBench.ChunkSize))
            {
                await bench.Store.PutAsync(Sha256Digest.Of(chunk), chunk, TestContext.Current.CancellationToken);
            }

            await bench.AssertExactAsync(await FetchAsync(bench), Model, Config);
            Assert.DoesNotContain(places.Given, given => given.StartsWith("model", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Fetch_PlaceSendsOtherBytes_ItIsPassedOver()
    {
        var (bench, places) = Create(new JsonObject { ["gcs"] = Gcs });
        await using (bench)
        {
            places.Lies.Add(Gcs);
            await bench.AssertExactAsync(await FetchAsync(bench), Model, Config);
        }
    }

    [Fact]
    public async Task Fetch_AllPlacesFail_SaysSoAndNamesEach()
    {
        var (bench, places) = Create(new JsonObject { ["gcs"] = Gcs, ["ipfs"] = Cid, ["fallbackUrls"] = new JsonArray(First) });
        await using (bench)
        {
            places.Ends = new() { [Gcs] = 0, [Cid] = 0, ["site"] = 0, [First] = 0 };
            var error = (await FetchAsync(bench)).Error!;
            Assert.StartsWith("All download sources failed", error.Message, StringComparison.Ordinal);
            Assert.All(new[] { Gcs, Cid, "site", First }, place => Assert.Contains(place, error.Message, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("""{"gcs":5,"ipfs":[],"fallbackUrls":{}}""")]
    [InlineData("""{"gcs":null,"ipfs":"","fallbackUrls":[null,7,""]}""")]
    [InlineData("[]")]
    public async Task Fetch_DistributionOfNonsense_TheSiteGivesAll(string distribution)
    {
        var (bench, places) = Create(JsonNode.Parse(distribution)!);
        await using (bench)
        {
            await bench.AssertExactAsync(await FetchAsync(bench), Model, Config);
            Assert.All(places.Given, given => Assert.EndsWith("@site", given, StringComparison.Ordinal));
        }
    }

    private static (FetchBench Bench, Places Places) Create(JsonNode distribution)
    {
        var places = new Places();
        var bench = new FetchBench().Add("peer", new PlaceSource(places, new JsonObject { ["distribution"] = distribution })).Add("url", new PlaceSource(places, null)).Add("ipfs", new PlaceSource(places, null));
        return (bench, places);
    }

    private static Task<Result<FetchedModel>> FetchAsync(FetchBench bench) => bench.FetchAsync(bench.Request() with { Sources = [new FetchSource("peer", new SourceReference("site"))] });

    /// <summary>What the places do, and what was asked of them.</summary>
    private sealed class Places
    {
        /// <summary>After so many chunks of the model a place gives no more.</summary>
        public Dictionary<string, int> Ends { get; set; } = [];

        public HashSet<string> Lies { get; } = [];

        public ConcurrentQueue<string> Asked { get; } = [];

        public ConcurrentQueue<string> Given { get; } = [];

        public long Bytes;
    }

    /// <summary>A site with two files and a manifest, or, without one, a place that holds the model alone.</summary>
    private sealed class PlaceSource(Places places, JsonObject? manifest) : ISource
    {
        public ValueTask<Result<SourceInspection>> InspectAsync(SourceReference reference, CancellationToken cancellationToken)
        {
            var model = new SourceFile(manifest is null ? "by-another-name" : "model.onnx", reference.Reference) { Size = Model.Length, AcceptsRanges = true };
            IReadOnlyList<SourceFile> files = manifest is null ? [model] :
            [
                model with { Sha256 = FetchBench.Sha256(Model), ChunkSize = FetchBench.ChunkSize, ChunkHashes = FetchBench.Hashes(Model) },
                new SourceFile("config.json", reference.Reference) { Size = Config.Length, Sha256 = FetchBench.Sha256(Config), AcceptsRanges = true },
            ];
            return new(new SourceInspection([new SourceVariant("default", files, "fp32")], "model")
            {
                Framework = "onnx",
                Manifest = manifest is null ? null : Encoding.UTF8.GetBytes(manifest.ToJsonString()),
            });
        }

        public ValueTask<Result<SourceContent>> OpenAsync(SourceFile file, SourceRange range, CancellationToken cancellationToken)
        {
            var (place, isModel) = (file.Locator, file.Path != "config.json");
            places.Asked.Enqueue($"{(isModel ? "model.onnx" : file.Path)}@{place}");
            var bytes = isModel ? Model : Config;
            var end = isModel && places.Ends.TryGetValue(place, out var chunks) ? chunks * FetchBench.ChunkSize : bytes.Length;
            if (range.Offset >= end)
            {
                return new(new PlatformError(ErrorCode.ModelNotFound, $"{place} has no more."));
            }

            var body = bytes[(int)range.Offset..(int)Math.Min(end, range.Offset + (range.Length ?? bytes.Length))];
            places.Given.Enqueue($"{(isModel ? "model.onnx" : file.Path)}@{place}");
            Interlocked.Add(ref places.Bytes, body.Length);
            if (places.Lies.Contains(place))
            {
                Array.Clear(body);
            }

            return new(new SourceContent(new MemoryStream(body), range.Offset) { TotalSize = bytes.Length });
        }

        public ValueTask<SourceHealth> CheckHealthAsync(CancellationToken cancellationToken) => new(new SourceHealth(true));

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
