using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ModelPlatform.FunctionalTests.Platform;

namespace ModelPlatform.Benchmarks;

/// <summary>One, two and four job servers and API replicas behind a balancer, on shared stores. All share this machine's cores, so only what waits for others can become faster.</summary>
internal static class ScaleBenchmark
{
    private const int Models = 12;
    private const int SlowMiB = 24;
    private const int Connections = 16;
    private const int RangeBytes = 8 * 1024 * 1024;
    private static readonly TimeSpan Latency = TimeSpan.FromSeconds(1);

    public static async Task RunAsync(BenchmarkSettings settings)
    {
        Environment.SetEnvironmentVariable("TMPDIR", settings.Directory);
        await using var origin = await GeneratedOrigin.StartAsync();
        Console.WriteLine($"{Models} fetches at once, {Environment.ProcessorCount} cores; slow: {SlowMiB} MiB each from a source that waits {Latency.TotalSeconds:0} s before each answer; fast: {settings.SizeMiB / Models} MiB each; serving {settings.SizeMiB / Models} MiB in ranges of 8 MiB over {Connections} connections");
        Console.WriteLine($"{"replicas",-10}{"slow, s",10}{"fast, MB/s",12}{"serving, MB/s",15}");
        foreach (var count in (int[])[1, 2, 4])
        {
            await using var platform = await RunningPlatform.StartAsync(new PlatformOptions
            {
                Arguments = ["--store", "filesystem", "--job-servers", $"{count}"],
                Environment = new Dictionary<string, string> { ["Fetch__AllowedOrigins__0"] = origin.Address.GetLeftPart(UriPartial.Authority), ["MODEL_FETCH_MAX_FILE_SIZE"] = "0" },
            });
            var replicas = new List<ServiceReplica>();
            for (var i = 1; i < count; i++)
            {
                replicas.Add(await ServiceReplica.StartAsync(platform, "api", CancellationToken.None));
            }

            await using (var balancer = new LoadBalancer([platform.ApiPort, .. replicas.Select(replica => replica.Port)]))
            using (var api = new HttpClient(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = Connections }) { BaseAddress = new Uri($"http://localhost:{balancer.Port}") })
            {
                origin.Latency = Latency;
                var slow = await FetchAllAsync(api, origin, SlowMiB, $"slow-{count}");
                origin.Latency = TimeSpan.Zero;
                var fast = await FetchAllAsync(api, origin, settings.SizeMiB / Models, $"fast-{count}");
                await ServeAllAsync(api, $"fast-{count}", settings.SizeMiB / Models);
                var served = await ServeAllAsync(api, $"fast-{count}", settings.SizeMiB / Models);
                var bytes = settings.SizeMiB / Models * Models * 1.048576;
                Console.WriteLine($"{count,-10}{slow,10:0.0}{bytes / fast,12:0}{bytes / served,15:0}");
            }

            foreach (var replica in replicas)
            {
                await replica.DisposeAsync();
            }
        }
    }

    private static async Task<double> FetchAllAsync(HttpClient api, GeneratedOrigin origin, int mebibytes, string name)
    {
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Models).Select(async i =>
        {
            var seed = HashCode.Combine(name, i) & int.MaxValue;
            using var response = await api.PostAsJsonAsync("/FetchModel", new { source = "url", sourceReference = new Uri(origin.Address, $"{mebibytes}/{seed}").ToString(), modelName = $"{name}-{i}", framework = "other" });
            var body = (await response.Content.ReadFromJsonAsync<JsonObject>())!;
            var job = (string?)body["jobId"] ?? throw new InvalidOperationException(body.ToJsonString());
            while (await StatusAsync(api, job) is var status && status != "completed")
            {
                if (status is "failed" or "cancelled")
                {
                    throw new InvalidOperationException($"{job} {status}");
                }

                await Task.Delay(100);
            }
        }));
        return watch.Elapsed.TotalSeconds;
    }

    /// <summary>Null where an overloaded Redis did not answer in time: the API says 503, try again.</summary>
    private static async Task<string?> StatusAsync(HttpClient api, string job)
    {
        using var response = await api.GetAsync($"/ModelFetchJob?id={job}");
        return response.IsSuccessStatusCode ? (string?)(await response.Content.ReadFromJsonAsync<JsonObject>())!["status"] : null;
    }

    private static async Task<double> ServeAllAsync(HttpClient api, string name, int mebibytes)
    {
        var ranges = Enumerable.Range(0, Models).SelectMany(model => Enumerable.Range(0, mebibytes / 8).Select(part => (Model: model, Part: part))).ToList();
        var paths = new string[Models];
        for (var model = 0; model < Models; model++)
        {
            var manifest = (await api.GetFromJsonAsync<JsonObject>($"/v2/manifests/{name}-{model}"))!;
            paths[model] = $"/v2/models/{name}-{model}:v1/artifacts/{manifest["artifacts"]![0]!["path"]}";
        }

        var watch = Stopwatch.StartNew();
        await Parallel.ForEachAsync(ranges, new ParallelOptions { MaxDegreeOfParallelism = Connections }, async (range, token) =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, paths[range.Model]) { Headers = { Range = new RangeHeaderValue((long)range.Part * RangeBytes, ((long)range.Part * RangeBytes) + RangeBytes - 1) } };
            using var response = await api.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token);
            if (response.StatusCode != HttpStatusCode.PartialContent)
            {
                throw new InvalidOperationException($"{response.StatusCode}");
            }

            await response.Content.CopyToAsync(Stream.Null, token);
        });
        return watch.Elapsed.TotalSeconds;
    }
}
