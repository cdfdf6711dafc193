using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ModelPlatform.FunctionalTests.Platform;

namespace ModelPlatform.Benchmarks;

/// <summary>Four whole platforms side by side: how soon a reference is at another site, how soon a partition is healed, and who gives a large model.</summary>
internal static partial class SitesBenchmark
{
    private const int Writes = 10_000;
    private const int Chunk = 5 * 1024 * 1024;

    public static async Task RunAsync(BenchmarkSettings settings)
    {
        await using var platform = await RunningPlatform.StartAsync(new PlatformOptions { Arguments = ["--sites", "4", "--store", "filesystem"] });
        var sites = SiteLine().Matches(platform.Log).ToDictionary(match => match.Groups[1].Value, match => new HttpClient { BaseAddress = new Uri(match.Groups[2].Value), Timeout = TimeSpan.FromMinutes(5) });
        await MeasureLatencyAsync(sites["A"], sites["B"]);
        await MeasureHealingAsync(sites);
        await MeasureModelAsync(platform, sites, settings.SizeMiB);
    }

    private static async Task MeasureLatencyAsync(HttpClient a, HttpClient b)
    {
        await PutAsync(a, "warm:v1");
        await UntilAsync(async () => (await b.GetAsync("/v2/documents/bench/warm:v1/f")).IsSuccessStatusCode);
        var times = new List<double>();
        for (var i = 0; i < 50; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await PutAsync(a, $"latency-{i}:v1");
            await UntilAsync(async () => (await b.GetAsync($"/v2/documents/bench/latency-{i}:v1/f")).IsSuccessStatusCode);
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        times.Sort();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"stored at A, readable at B: median {times[25]:0} ms, slowest of 50 {times[^1]:0} ms (limit 2000)"));
    }

    /// <summary>Three sites; the fourth is left out of the exchange.</summary>
    private static async Task MeasureHealingAsync(Dictionary<string, HttpClient> all)
    {
        var sites = all.Where(site => site.Key != "D").ToDictionary();
        await PauseAsync(all, true);
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(sites.Select(site => Parallel.ForAsync(0, Writes, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) => await PutAsync(site.Value, $"{site.Key}-{i}:v1"))));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Writes:N0} writes on each of three sites apart: {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s"));
        started = Stopwatch.GetTimestamp();
        await PauseAsync(sites, false);
        string[] digests = [];
        await UntilAsync(async () =>
        {
            var reports = await Task.WhenAll(sites.Values.Select(site => site.GetFromJsonAsync<JsonNode>("/v1/sites")));
            digests = [.. reports.Select(report => report!["self"]!["digest"]!.ToString()).Distinct()];
            return digests.Length == 1 && reports[0]!["self"]!["fields"]!.GetValue<long>() >= Writes * 3;
        });
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"converged, identical digests {digests[0][..16]}: {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s after reconnection (limit 30)"));
        await PauseAsync(all, false);
    }

    private static async Task MeasureModelAsync(RunningPlatform platform, Dictionary<string, HttpClient> sites, int sizeMiB)
    {
        Directory.CreateDirectory(Path.Combine(platform.Models, "large"));
        await using (var file = File.Create(Path.Combine(platform.Models, "large", "model.gguf")))
        {
            for (var i = 0; i < sizeMiB; i++)
            {
                await file.WriteAsync(RandomNumberGenerator.GetBytes(1024 * 1024));
            }
        }

        foreach (var holder in (string[])["A", "B"])
        {
            await WaitAsync(sites[holder], await FetchAsync(sites[holder], "filesystem", "large"));
        }

        var size = sizeMiB * 1024L * 1024;
        var before = await Task.WhenAll(SentAsync(sites["A"]), SentAsync(sites["B"]));
        var started = Stopwatch.GetTimestamp();
        var jobs = await Task.WhenAll(FetchAsync(sites["C"], "peer", "A/large:v1"), FetchAsync(sites["D"], "peer", "B/large:v1"));
        var (c, d) = (await WaitAsync(sites["C"], jobs[0]), await WaitAsync(sites["D"], jobs[1]));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var sent = (await Task.WhenAll(SentAsync(sites["A"]), SentAsync(sites["B"]))).Zip(before, (after, earlier) => after - earlier).ToArray();
        var gained = await Task.WhenAll(SentAsync(sites["C"]), SentAsync(sites["D"]));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{sizeMiB} MiB wanted by C and D, held by A and B: {seconds:0.0} s; A sent {sent[0] / 1048576.0:0} MiB, B {sent[1] / 1048576.0:0} MiB, C and D each other {gained.Sum() / 1048576.0:0} MiB"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"origin traffic {(double)sent.Sum() / (2 * size):0.000} of what was missing (limit 1.05); chunks of C from {c["chunkProviders"]!.ToJsonString()}, of D from {d["chunkProviders"]!.ToJsonString()}, of {(size + Chunk - 1) / Chunk} each"));
    }

    private static async Task<long> SentAsync(HttpClient site)
    {
        var metrics = await site.GetStringAsync("/metrics");
        return (long)metrics.Split('\n').Where(line => line.StartsWith("modelplatform_serving_sent", StringComparison.Ordinal)).Sum(line => double.Parse(SampleValue().Match(line).Groups[1].ValueSpan, CultureInfo.InvariantCulture));
    }

    private static async Task<string> FetchAsync(HttpClient site, string source, string reference)
    {
        using var answer = await site.PostAsJsonAsync("/FetchModel", new { source, sourceReference = reference, modelName = "large", framework = "gguf" });
        return (string?)(await answer.Content.ReadFromJsonAsync<JsonNode>())!["jobId"] ?? throw new InvalidOperationException(await answer.Content.ReadAsStringAsync());
    }

    private static async Task<JsonNode> WaitAsync(HttpClient site, string job)
    {
        while (true)
        {
            var state = (await site.GetFromJsonAsync<JsonNode>($"/ModelFetchJob?id={job}"))!;
            switch ((string?)state["status"])
            {
                case "completed":
                    return state;
                case "failed" or "cancelled":
                    throw new InvalidOperationException(state.ToJsonString());
            }

            await Task.Delay(50);
        }
    }

    private static async Task PutAsync(HttpClient site, string id)
    {
        using var body = new StringContent("""{"hash":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","size_bytes":1,"metadata":{"name":"model.gguf"}}""", Encoding.UTF8, "application/json");
        using var answer = await site.PutAsync($"/v2/documents/bench/{id}/f", body);
        answer.EnsureSuccessStatusCode();
    }

    private static async Task PauseAsync(Dictionary<string, HttpClient> sites, bool paused)
    {
        foreach (var (name, site) in sites)
        {
            foreach (var other in sites.Keys.Where(other => other != name))
            {
                using var answer = await site.PutAsJsonAsync($"/v1/sites/{other}", new { paused });
                answer.EnsureSuccessStatusCode();
            }
        }
    }

    private static async Task UntilAsync(Func<Task<bool>> look)
    {
        while (!await look())
        {
            await Task.Delay(10);
        }
    }

    [GeneratedRegex(@"^ModelPlatform site (\w) is ready: API (\S+)", RegexOptions.Multiline)]
    private static partial Regex SiteLine();

    [GeneratedRegex(@"[}\w] ([0-9.eE+]+)")]
    private static partial Regex SampleValue();
}
