using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using ModelPlatform.FunctionalTests.Platform;
using ModelPlatform.Manifests;
using ModelPlatform.Manifests.Azure;
using ModelPlatform.Registry;

namespace ModelPlatform.Benchmarks;

/// <summary>A running platform with 10,000 models: its catalog, its index, its manifests under load, and its files with slow readers beside.</summary>
internal static class RegistryBenchmark
{
    private const int Chunks = 20_000;
    private const int SlowReaderCount = 500;
    private const int FileBytes = 256 * 1024 * 1024;

    // The emulator's published account, the same on every machine.
    private const string Account = "devstoreaccount1";
    private const string AccountKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    /// <summary>Measures; true where every limit is kept.</summary>
    public static async Task<bool> RunAsync(BenchmarkSettings settings)
    {
        await using var platform = await RunningPlatform.StartAsync();
        var figures = new Figures($"a registry of {settings.Models} models over HTTP, Garnet and Azurite");
        figures.Note("resident memory of the API when it has started", ApiMemory(platform), "MiB");
        await FillAsync(platform, figures, settings.Models);
        (string Name, Func<RunningPlatform, Figures, Task> MeasureAsync)[] parts =
            [("catalog", MeasureCatalogAsync), ("proofs", MeasureProofsAsync), ("manifests", MeasureManifestsAsync), ("readers", MeasureSlowReadersAsync)];
        foreach (var (name, measureAsync) in parts.Where(part => settings.Only is null || settings.Only == part.Name))
        {
            await measureAsync(platform, figures);
            figures.Note($"resident memory of the API after {name}", ApiMemory(platform), "MiB");
        }

        await figures.WriteAsync(settings.Json);
        return figures.AreKept;
    }

    private static async Task MeasureCatalogAsync(RunningPlatform platform, Figures figures)
    {
        await figures.TimeAsync("catalog: first page after a start of the API", 3, 50, () => GetAsync(platform, "/v2/catalog"), () => RestartApiAsync(platform));
        await figures.TimeAsync("catalog: page of 100", 200, 50, () => GetAsync(platform, "/v2/catalog"));
        await figures.TimeAsync("catalog: page of 100 with filters and words", 200, 50, () => GetAsync(platform, "/v2/catalog?tier=xlarge&capability=embed&q=m99%20vectors"));
        var cursor = JsonNode.Parse(await platform.Api.GetStringAsync("/v2/catalog?limit=1000"))!["nextCursor"]!.GetValue<string>();
        await figures.TimeAsync("catalog: page of 1,000 by cursor", 100, 50, () => GetAsync(platform, $"/v2/catalog?limit=1000&cursor={cursor}"));
        var number = 0;
        await figures.TimeAsync("catalog: page right after a publication", 50, 50, () => GetAsync(platform, "/v2/catalog"), () => UploadAsync(platform, $"fresh{number++}", new byte[1024]));
    }

    private static async Task MeasureProofsAsync(RunningPlatform platform, Figures figures)
    {
        await RestartApiAsync(platform);
        await GetAsync(platform, "/v2/models/m1/proof/0");
        await figures.TimeAsync($"proof: a manifest of {Chunks} chunks that this process has not read", 1, 150, () => GetAsync(platform, "/v2/models/giant0/proof/12345"));
        await GetAsync(platform, "/v2/manifests/giant1");
        await figures.TimeAsync("proof: the first after the manifest was got", 1, 5, () => GetAsync(platform, "/v2/models/giant1/proof/12345"));
        await figures.TimeAsync("proof", 1000, 5, () => GetAsync(platform, $"/v2/models/giant1/proof/{Random.Shared.Next(Chunks)}"));
    }

    private static async Task MeasureManifestsAsync(RunningPlatform platform, Figures figures)
    {
        await SteadyLoad.RunAsync(platform.Api, "/v2/manifests/m500", 1000, TimeSpan.FromSeconds(5));
        var times = await SteadyLoad.RunAsync(platform.Api, "/v2/manifests/m500", 1000, TimeSpan.FromSeconds(15));
        figures.Add("manifest GETs, 1,000 in a second", times, 20);
    }

    private static async Task MeasureSlowReadersAsync(RunningPlatform platform, Figures figures)
    {
        var content = new byte[FileBytes];
        new Random(1).NextBytes(content);
        await UploadAsync(platform, "big", content);
        var path = "/v2/models/big:v1/artifacts/model.onnx";
        await RateAsync(platform, path);
        var alone = await RateAsync(platform, path);
        await using var readers = await SlowReaders.StartAsync(new Uri(platform.Api.BaseAddress!, path), SlowReaderCount);
        await Task.Delay(TimeSpan.FromSeconds(5));
        var beside = await RateAsync(platform, path);
        figures.Note("downloads, two at once", alone, "MiB/s");
        figures.AddAtLeast($"their rate with {SlowReaderCount} readers of 1 KB/s beside", 100 * beside / alone, "%", 90, string.Create(CultureInfo.InvariantCulture, $"{beside:0} MiB/s, {readers.Alive} readers still read"));
        figures.AddAtMost("resident memory of the API meanwhile", ApiMemory(platform), "MiB", 300);
    }

    /// <summary>The median rate of five times two downloads at once.</summary>
    private static async Task<double> RateAsync(RunningPlatform platform, string path)
    {
        var rates = new List<double>();
        for (var i = 0; i < 5; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await Task.WhenAll(DownloadAsync(platform, path), DownloadAsync(platform, path));
            rates.Add(2.0 * FileBytes / 1024 / 1024 / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return rates.Order().ElementAt(rates.Count / 2);
    }

    private static async Task DownloadAsync(RunningPlatform platform, string path)
    {
        using var response = await platform.Api.GetAsync(path, HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        await response.Content.CopyToAsync(Stream.Null);
    }

    /// <summary>Ends the API's process and waits until the one that replaces it is ready.</summary>
    private static async Task RestartApiAsync(RunningPlatform platform)
    {
        var old = platform.Children["api"];
        platform.KillChild("api");
        await platform.WaitForReplacementAsync("api", old, CancellationToken.None);
        while (!await IsHealthyAsync(platform))
        {
            await Task.Delay(50);
        }
    }

    private static async Task<bool> IsHealthyAsync(RunningPlatform platform)
    {
        try
        {
            using var response = await platform.Api.GetAsync("/health");
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>Resident memory of the API's process in MiB.</summary>
    private static double ApiMemory(RunningPlatform platform)
    {
        using var process = Process.GetProcessById(platform.Children["api"]);
        return process.WorkingSet64 / 1024.0 / 1024;
    }

    private static async Task GetAsync(RunningPlatform platform, string path)
    {
        using var response = await platform.Api.GetAsync(path);
        response.EnsureSuccessStatusCode();
    }

    private static async Task UploadAsync(RunningPlatform platform, string name, byte[] content)
    {
        Random.Shared.NextBytes(content.AsSpan(0, 16));
        using var response = await platform.Api.PostAsync($"/UploadModelBlob?modelName={name}&modelVersion=v1&framework=onnx&stage=development", new ByteArrayContent(content));
        response.EnsureSuccessStatusCode();
    }

    private static async Task FillAsync(RunningPlatform platform, Figures figures, int models)
    {
        var start = Stopwatch.GetTimestamp();
        var endpoint = $"http://127.0.0.1:{platform.Ports["storage"]}/{Account}";
        var records = new AzureRecordStore(new BlobServiceClient($"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={AccountKey};BlobEndpoint={endpoint};"));
        using var samples = await SampleManifests.CreateAsync();
        await Parallel.ForAsync(0, models, new ParallelOptions { MaxDegreeOfParallelism = 16 }, (i, _) => WriteAsync(records, samples, new ModelId($"m{i}", "v1"), 4, i));
        await WriteAsync(records, samples, new ModelId("giant0", "v1"), Chunks, 0);
        await WriteAsync(records, samples, new ModelId("giant1", "v1"), Chunks, 0);
        figures.Note("writing the models' records into the store", Stopwatch.GetElapsedTime(start).TotalSeconds, "s");

        start = Stopwatch.GetTimestamp();
        using var rebuilt = await platform.Api.PostAsync("/v1/registry/rebuild", null);
        var found = await rebuilt.Content.ReadFromJsonAsync<JsonObject>();
        figures.AddAtMost("rebuild of the index", Stopwatch.GetElapsedTime(start).TotalSeconds, "s", 60, $"{found!["models"]} models");
    }

    private static async ValueTask WriteAsync(AzureRecordStore records, SampleManifests samples, ModelId id, int chunks, int number)
    {
        var card = SampleManifests.Card(number);
        var composed = samples.Compose(id, chunks, card);
        await records.WriteAsync(RegistryPaths.Card(id, composed.ETag), JsonSerializer.SerializeToUtf8Bytes(card, RegistryJson.Default.ModelCard), RecordCondition.None, CancellationToken.None);
        await records.WriteAsync(RegistryPaths.Manifest(id), composed.Content, RecordCondition.None, CancellationToken.None);
    }
}
