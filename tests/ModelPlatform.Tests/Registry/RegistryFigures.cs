using System.Diagnostics;
using System.Text.Json.Nodes;
using ModelPlatform.Chunks.Memory;
using ModelPlatform.Manifests;
using ModelPlatform.Manifests.Azure;
using ModelPlatform.Registry;
using ModelPlatform.Tests.Manifests;
using ModelPlatform.Tests.Stores;

namespace ModelPlatform.Tests.Registry;

/// <summary>Measures, asserts no time: run with <c>-explicit only</c>.</summary>
public sealed class RegistryFigures(GarnetFixture fixture, ITestOutputHelper output) : IClassFixture<GarnetFixture>
{
    private const int Models = 10_000;
    private const int Chunks = 20_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task Catalog_TenThousandModels()
    {
        var garnet = await fixture.StartAsync();
        await garnet.EmptyAsync();
        await using var azurite = await AzuriteServer.StartNewAsync(Cancel);
        var records = new AzureRecordStore(azurite.CreateClient());
        var chunks = new MemoryChunkStore(TimeProvider.System);
        await using var host = await RegistryHost.StartAsync(garnet, records, chunks);
        await MeasureAsync("write 10,000 manifests and cards to Azurite", 1, () => FillAsync(records, host));
        await MeasureAsync("rebuild the index from Azurite", 1, async () => Assert.Equal(Models, (await host.Get<IRegistryIndex>().RebuildAsync(Cancel)).Models));
        await MeasureAsync("first page, index read into memory", 1, () => host.Registry.ListAsync(new CatalogQuery(), Cancel).AsTask());
        await MeasureAsync("page of 100", 200, () => host.Registry.ListAsync(new CatalogQuery(), Cancel).AsTask());
        await MeasureAsync("page of 100 with filters and words", 200, () => host.Registry.ListAsync(new CatalogQuery { Tier = "micro", Capability = "embed", Text = "m99 vectors" }, Cancel).AsTask());
        await MeasureAsync("page after a publication", 20, async () =>
        {
            await host.PublishAsync($"fresh{Guid.NewGuid():n}:v1");
            await host.Registry.ListAsync(new CatalogQuery(), Cancel);
        });
        await using var api = await RegistryApi.StartAsync(garnet, host);
        await MeasureAsync("GET /v2/catalog?limit=100", 200, () => api.Client.GetByteArrayAsync("/v2/catalog?limit=100&tier=micro", Cancel));
        await MeasureAsync("GET /v2/manifests/m5000", 500, () => api.Client.GetByteArrayAsync("/v2/manifests/m5000", Cancel));
        var watch = Stopwatch.StartNew();
        var times = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
        {
            var own = new List<double>();
            for (var i = 0; i < 250; i++)
            {
                var start = Stopwatch.GetTimestamp();
                await api.Client.GetByteArrayAsync("/v2/manifests/m5000:v1", Cancel);
                own.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }

            return own;
        }, Cancel)));
        var all = times.SelectMany(own => own).Order().ToList();
        output.WriteLine($"manifest GETs, 16 at once, client and server in one process: {all.Count / watch.Elapsed.TotalSeconds:0}/s, p50 {all[all.Count / 2]:0.0} ms, p99 {all[all.Count * 99 / 100]:0.0} ms");
    }

    [Fact(Explicit = true)]
    public async Task Manifest_TwentyThousandChunks()
    {
        await using var trust = await TrustFixture.CreateAsync();
        var content = trust.Compose("m:v1", TrustFixture.File("model.onnx", 1, Chunks * 1000L));
        output.WriteLine($"manifest: {content.Length} bytes");
        await MeasureAsync("parse and check structure and hashes", 20, () => Task.FromResult(ManifestDocument.Read(content, "m")));
        await MeasureAsync("parse, check and verify signatures", 20, () => Task.FromResult(trust.Verify(content)));
        var artifact = ManifestDocument.Read(content, "m").Value.Manifest.Artifacts[0];
        using var proofs = new ChunkProofs();
        await MeasureAsync("first proof of a file", 1, () => Task.FromResult(proofs.Prove(artifact, 12_345)));
        await MeasureAsync("further proofs", 1000, () => Task.FromResult(proofs.Prove(artifact, Random.Shared.Next(Chunks))));
    }

    private static async Task FillAsync(AzureRecordStore records, RegistryHost host)
    {
        var composer = host.Get<ManifestComposer>();
        await Parallel.ForAsync(0, Models, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Cancel }, async (i, cancel) =>
        {
            var id = new ModelId($"m{i}", "v1");
            var model = RegistryHost.Describe([TrustFixture.File("model.onnx", i, 20_000_000, 5 * 1024 * 1024), TrustFixture.File("config.json", i, 700, 5 * 1024 * 1024)], metadata: new JsonObject { ["pipelineTag"] = "feature-extraction" });
            var card = RegistryHost.Card(publishedAt: DateTimeOffset.UnixEpoch.AddMinutes(i)) with { Metadata = new JsonObject { ["description"] = $"Makes vectors, number {i}", ["license"] = "mit" }, Tags = ["onnx", "vectors"] };
            var composed = composer.Compose(id, model, card);
            await records.WriteAsync(RegistryPaths.Card(id, composed.ETag), System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(card, RegistryJson.Default.ModelCard), RecordCondition.None, cancel);
            await records.WriteAsync(RegistryPaths.Manifest(id), composed.Content, RecordCondition.None, cancel);
        });
    }

    private Task MeasureAsync<T>(string what, int times, Func<Task<T>> action) => MeasureAsync(what, times, () => (Task)action());

    private async Task MeasureAsync(string what, int times, Func<Task> action)
    {
        var taken = new List<double>();
        for (var i = 0; i < times; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await action();
            taken.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        taken.Sort();
        output.WriteLine($"{what}: median {taken[taken.Count / 2]:0.00} ms, p99 {taken[taken.Count * 99 / 100]:0.00} ms, of {times}");
    }
}
