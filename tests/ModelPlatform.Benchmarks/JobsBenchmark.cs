using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelPlatform.FunctionalTests.Platform;

namespace ModelPlatform.Benchmarks;

/// <summary>Jobs on the real AppHost with one job server: from the request to the first byte asked for, many small jobs, listing, and what listeners cost a download.</summary>
internal sealed class JobsBenchmark(BenchmarkSettings settings) : IAsyncDisposable
{
    private const int Samples = 200;
    private const int SmallJobs = 1_000;
    private const int Records = 10_000;
    private const int Listeners = 200;

    private readonly Dictionary<string, object> figures = [];
    private readonly ConcurrentDictionary<string, long> askedAt = new(StringComparer.Ordinal);
    private Origin origin = null!;
    private RunningPlatform platform = null!;
    private FileOrigin files = null!;
    private string directory = null!;

    public static async Task RunAsync(BenchmarkSettings settings)
    {
        await using var benchmark = new JobsBenchmark(settings);
        await benchmark.RunAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await (platform?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (origin?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (files?.DisposeAsync() ?? ValueTask.CompletedTask);
        if (directory is not null)
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private async Task RunAsync()
    {
        directory = Directory.CreateDirectory(Path.Combine(settings.Directory, $"mp-bench-{Guid.NewGuid():N}")).FullName;
        await FileOrigin.WriteFileAsync(Path.Combine(directory, "file"), settings.Bytes);
        files = await FileOrigin.StartAsync(directory);
        origin = await Origin.StartAsync();
        origin.Intercept = (context, _) =>
        {
            askedAt.TryAdd(context.Request.Path, Stopwatch.GetTimestamp());
            return Task.FromResult(false);
        };
        platform = await RunningPlatform.StartAsync(new PlatformOptions
        {
            Arguments = ["--store", "filesystem"],
            Environment = new Dictionary<string, string>
            {
                ["Fetch__AllowedOrigins__0"] = origin.Address, ["Fetch__AllowedOrigins__1"] = files.Address.GetLeftPart(UriPartial.Authority), ["MODEL_FETCH_MAX_FILE_SIZE"] = "0",
            },
        });
        await LatencyAsync("right after the start", 20);
        await LatencyAsync("idle", Samples);
        await ManyAsync();
        await ListenersAsync();
        await ListingAsync();
        if (settings.Json is { } path)
        {
            await File.WriteAllTextAsync(path, JsonSerializer.Serialize(figures));
        }
    }

    /// <summary>From the sending of POST /FetchModel to the first request that the origin sees.</summary>
    private async Task LatencyAsync(string when, int count)
    {
        var waits = new List<double>();
        for (var i = 0; i < count; i++)
        {
            var path = $"/{when.Replace(' ', '-')}-{i}.onnx";
            var sentAt = Stopwatch.GetTimestamp();
            var id = await PostAsync(path, new Content(10_240, (ulong)i));
            await EndAsync(id);
            waits.Add(Stopwatch.GetElapsedTime(sentAt, askedAt[path]).TotalMilliseconds);
        }

        waits.Sort();
        Say($"enqueue to download, {when}", $"p50 {waits[waits.Count / 2]:0} ms, p99 {waits[(int)(waits.Count * 0.99)]:0} ms, slowest {waits[^1]:0} ms of {count}");
    }

    private async Task ManyAsync()
    {
        var startedAt = Stopwatch.GetTimestamp();
        var ids = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(Enumerable.Range(0, SmallJobs), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) => ids.Add(await PostAsync($"/many-{i}.onnx", new Content(10_240, (ulong)(i + 1_000_000)))));
        var accepted = Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
        while (await CountAsync("queued") + await CountAsync("downloading") + await CountAsync("processing") > 0)
        {
            await Task.Delay(100);
        }

        var seconds = Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
        var jobs = (await platform.Api.GetFromJsonAsync<JsonObject>("/ModelFetchJobs?limit=1000"))!["jobs"]!.AsArray().Where(job => ids.Contains((string)job!["id"]!)).ToArray();
        var doubled = jobs.Count(job => job!["attempts"]!.AsArray().Count != 1);
        Say($"{SmallJobs} jobs of 10 KiB", $"{SmallJobs / seconds:0.0} jobs/s ({seconds:0.0} s, accepted in {accepted:0.0} s), completed {jobs.Count(job => (string?)job!["status"] == "completed")}, doubled {doubled}, queued again {Count(platform.Log, "is queued again")}");
    }

    private async Task ListenersAsync()
    {
        var (alone, heard) = (new List<double>(), new List<double>());
        for (var round = 0; round < settings.Rounds; round++)
        {
            alone.Add(await DownloadAsync($"alone-{round}"));
            using var ended = new CancellationTokenSource();
            var events = 0;
            var listeners = Enumerable.Range(0, Listeners).Select(_ => ListenAsync(() => Interlocked.Increment(ref events), ended.Token)).ToArray();
            await Task.Delay(1_000);
            heard.Add(await DownloadAsync($"heard-{round}"));
            await ended.CancelAsync();
            await Task.WhenAll(listeners);
            figures["events heard"] = events;
        }

        var ratio = alone.Zip(heard, (one, other) => other / one).Order().ElementAt(settings.Rounds / 2);
        Say($"a download of {settings.SizeMiB} MiB with {Listeners} listeners", $"{(ratio - 1) * 100:+0.0;-0.0} % (median of {settings.Rounds} rounds: {alone.Order().ElementAt(settings.Rounds / 2):0.00} s alone, {heard.Order().ElementAt(settings.Rounds / 2):0.00} s heard, {figures["events heard"]} events delivered in the last)");
    }

    private async Task ListingAsync()
    {
        await Parallel.ForEachAsync(Enumerable.Range(0, Records), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
            await PostAsync($"/record-{i}.onnx", new Content(1, 1), $"record-{i % 100}", $"v{i}", "2099-01-01T00:00:00Z"));
        foreach (var query in new[] { "limit=50", "limit=50&status=queued", "limit=50&modelName=record-7", "limit=50&status=completed" })
        {
            var times = new List<double>();
            for (var i = 0; i < 100; i++)
            {
                var startedAt = Stopwatch.GetTimestamp();
                await platform.Api.GetStringAsync($"/ModelFetchJobs?{query}");
                times.Add(Stopwatch.GetElapsedTime(startedAt).TotalMilliseconds);
            }

            times.Sort();
            Say($"a page of {query} among {Records + SmallJobs} records", $"p50 {times[50]:0.0} ms, p99 {times[99]:0.0} ms");
        }
    }

    private async Task<double> DownloadAsync(string model)
    {
        var startedAt = Stopwatch.GetTimestamp();
        await EndAsync(await SendAsync(new JsonObject { ["source"] = "url", ["sourceReference"] = new Uri(files.Address, "file").ToString(), ["modelName"] = model, ["framework"] = "other" }));
        return Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
    }

    private async Task ListenAsync(Action heard, CancellationToken ended)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/events");
            request.Headers.Accept.Add(new("text/event-stream"));
            using var response = await platform.Api.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ended);
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(ended));
            while (await reader.ReadLineAsync(ended) is { } line)
            {
                if (line.StartsWith("data:", StringComparison.Ordinal))
                {
                    heard();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The round is over.
        }
    }

    private Task<string> PostAsync(string path, Content content, string? model = null, string version = "v1", string? scheduledAt = null) => SendAsync(new JsonObject
    {
        ["source"] = "url",
        ["sourceReference"] = origin.Put(path, content),
        ["modelName"] = model ?? Path.GetFileNameWithoutExtension(path),
        ["modelVersion"] = version,
        ["framework"] = "onnx",
        ["scheduledAt"] = scheduledAt,
    });

    private async Task<string> SendAsync(JsonObject request)
    {
        using var response = await platform.Api.PostAsync("/FetchModel", JsonContent.Create(request));
        var body = (await response.Content.ReadFromJsonAsync<JsonObject>())!;
        return (string?)body["jobId"] ?? throw new InvalidOperationException(body.ToJsonString());
    }

    private async Task EndAsync(string id)
    {
        while (true)
        {
            var job = (await platform.Api.GetFromJsonAsync<JsonObject>($"/ModelFetchJob?id={id}"))!;
            switch ((string?)job["status"])
            {
                case "completed":
                    return;
                case "failed":
                    throw new InvalidOperationException(job.ToJsonString());
                default:
                    await Task.Delay(20);
                    break;
            }
        }
    }

    private async Task<int> CountAsync(string status) => (int)(await platform.Api.GetFromJsonAsync<JsonObject>($"/ModelFetchJobs?status={status}&limit=1"))!["count"]!;

    private static int Count(string text, string words) => text.Split(words).Length - 1;

    private void Say(string what, string figure)
    {
        figures[what] = figure;
        Console.WriteLine($"{what}: {figure}");
    }
}
