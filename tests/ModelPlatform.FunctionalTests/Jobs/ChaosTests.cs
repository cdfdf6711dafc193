using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ModelPlatform.FunctionalTests.Platform;

namespace ModelPlatform.FunctionalTests.Jobs;

/// <summary>
/// kill -9 of job servers, API and Redis, one after the other at random moments, while twenty jobs run all the time. The short form belongs to every run of the tests;
/// <c>MODELPLATFORM_CHAOS_KILLS=100</c> makes it as long as one likes, <c>MODELPLATFORM_CHAOS_SEED</c> repeats its dice.
/// </summary>
public sealed class ChaosTests
{
    private const int JobsAtOnce = 20;
    private const int BytesPerSecond = 6_000_000;
    private const int FileBytes = 6_000_000;

    private readonly int kills = Setting("MODELPLATFORM_CHAOS_KILLS", 6);
    private readonly Random dice = new(Setting("MODELPLATFORM_CHAOS_SEED", Environment.TickCount & 0xFFFF));
    private readonly ConcurrentDictionary<string, (string Model, Content Content)> accepted = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> refusals = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> killed = new(StringComparer.Ordinal);
    private readonly Lock line = new();
    private long lineFreeAt;
    private int started;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Kill9_AgainAndAgainWhileTwentyJobsRun_EachEndsOnceWithEveryByteAndOneWebhook()
    {
        await using var origin = await Origin.StartAsync();
        origin.Pace = PaceAsync;
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var platform = await RunningPlatform.StartAsync(new PlatformOptions
        {
            Arguments = ["--job-servers", "2", "--store", Environment.GetEnvironmentVariable("MODELPLATFORM_CHAOS_STORE") ?? "filesystem"],
            Environment = new Dictionary<string, string>
            {
                ["Fetch__AllowedOrigins__0"] = origin.Address,
                ["Fetch__AllowedOrigins__1"] = receiver.Address,
                // Small steps: what a kill costs is what was on the wire.
                ["Chunks__ChunkSize"] = "1048576",
                ["Fetch__Connections"] = "2",
                ["MODEL_FETCH_MAX_CONCURRENT"] = $"{JobsAtOnce / 2}",
                ["MODEL_FETCH_INITIAL_RETRY_DELAY"] = "1000",
                // Without Redis nothing can be retried; how often it goes away here says nothing about a source.
                ["MODEL_FETCH_MAX_RETRIES"] = "20",
            },
        }, Cancel);
        platform.Api.Timeout = TimeSpan.FromSeconds(20);

        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var running = Enumerable.Range(0, JobsAtOnce).Select(_ => KeepOneRunningAsync(platform.Api, origin, receiver, enough.Token)).ToArray();
        await KillAsync(platform);
        await enough.CancelAsync();
        await Task.WhenAll(running);
        var lost = await WaitForAllAsync(platform.Api);
        await WaitForWebhooksAsync(receiver);
        await ReportAndJudgeAsync(platform, origin, receiver, lost);
    }

    /// <summary>Asks for one model after the other, each as soon as the one before has ended, until there have been enough kills.</summary>
    private async Task KeepOneRunningAsync(HttpClient api, Origin origin, WebhookReceiver receiver, CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            var number = Interlocked.Increment(ref started);
            var (model, content) = ($"chaos-{number}", new Content(FileBytes + number, seed: (ulong)number));
            var request = FetchApi.Request("url", origin.Put($"/{model}.onnx", content), model);
            request["webhookUrl"] = receiver.Address;
            var id = await AskAsync(api, request);
            accepted[id] = (model, content);
            while (!enough.IsCancellationRequested && (string?)(await LookAsync(api, id))?["status"] is not ("completed" or "failed" or "cancelled"))
            {
                await Task.Delay(500, Cancel);
            }
        }
    }

    /// <summary>As a careful client does: again, until there is an answer. The same model is the same job.</summary>
    private async Task<string> AskAsync(HttpClient api, JsonObject request)
    {
        while (true)
        {
            try
            {
                using var response = await api.PostAsync("/FetchModel", JsonContent.Create(request.DeepClone()), Cancel);
                if (response.StatusCode is HttpStatusCode.Accepted or HttpStatusCode.OK)
                {
                    var body = (await response.Content.ReadFromJsonAsync<JsonObject>(Cancel))!;
                    return (string?)body["jobId"] ?? throw new InvalidOperationException($"No job for a new model: {body.ToJsonString()}");
                }

                refusals.AddOrUpdate($"{(int)response.StatusCode}", 1, (_, count) => count + 1);
            }
            catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException or IOException && !Cancel.IsCancellationRequested)
            {
                refusals.AddOrUpdate("no answer", 1, (_, count) => count + 1);
            }

            await Task.Delay(300, Cancel);
        }
    }

    private static async Task<JsonObject?> LookAsync(HttpClient api, string id)
    {
        try
        {
            return await api.TryGetJobAsync(id, Cancel);
        }
        catch (Exception exception) when (exception is TaskCanceledException or IOException && !Cancel.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task KillAsync(RunningPlatform platform)
    {
        while (accepted.Count < JobsAtOnce)
        {
            await Task.Delay(100, Cancel);
        }

        for (var i = 0; i < kills; i++)
        {
            await Task.Delay(dice.Next(2_000, 11_000), Cancel);
            var living = platform.Children.Where(child => (child.Key is "api" or "redis" || child.Key.StartsWith("jobs", StringComparison.Ordinal)) && RunningPlatform.IsAlive(child.Value)).Select(child => child.Key).ToArray();
            if (living.Length > 0)
            {
                var victim = living[dice.Next(living.Length)];
                killed.AddOrUpdate(victim, 1, (_, count) => count + 1);
                platform.KillChild(victim);
            }
        }
    }

    private async Task<IReadOnlyList<string>> WaitForAllAsync(HttpClient api)
    {
        var watch = Stopwatch.StartNew();
        var left = accepted.Keys.ToHashSet(StringComparer.Ordinal);
        while (left.Count > 0 && watch.Elapsed < TimeSpan.FromMinutes(4))
        {
            foreach (var id in left.ToArray())
            {
                if ((string?)(await LookAsync(api, id))?["status"] is "completed" or "failed" or "cancelled")
                {
                    left.Remove(id);
                }
            }

            await Task.Delay(500, Cancel);
        }

        return [.. left];
    }

    private async Task WaitForWebhooksAsync(WebhookReceiver receiver)
    {
        var watch = Stopwatch.StartNew();
        while (accepted.Keys.Any(id => receiver.About(id).Count == 0) && watch.Elapsed < TimeSpan.FromMinutes(2))
        {
            await Task.Delay(500, Cancel);
        }

        // Whoever would be told twice is told by now.
        await Task.Delay(2_000, Cancel);
    }

    private async Task ReportAndJudgeAsync(RunningPlatform platform, Origin origin, WebhookReceiver receiver, IReadOnlyList<string> lost)
    {
        var faults = lost.Select(id => $"{id} never ended").ToList();
        var (again, attempts) = (0L, 0);
        foreach (var (id, (model, content)) in accepted)
        {
            var job = await LookAsync(platform.Api, id);
            attempts += job?["attempts"]?.AsArray().Count ?? 0;
            again += Math.Max(0, origin.BytesSent($"/{model}.onnx") - content.Length);
            if ((string?)job?["status"] != "completed")
            {
                faults.Add($"{id} is {job?.ToJsonString() ?? "gone"}");
                continue;
            }

            using var response = await platform.Api.GetAsync($"/v2/models/{model}:v1/artifacts/{model}.onnx", HttpCompletionOption.ResponseHeadersRead, Cancel);
            await using var stream = await response.Content.ReadAsStreamAsync(Cancel);
            if (!response.IsSuccessStatusCode || await content.FirstDifferenceAsync(stream, Cancel) is not null)
            {
                faults.Add($"{model} is not what it should be ({(int)response.StatusCode})");
            }

            if (receiver.About(id).Select(webhook => webhook.Id).Distinct().Count() is var told && told != 1)
            {
                faults.Add($"{id} was told of under {told} ids");
            }

            var ends = (await platform.Api.GetFromJsonAsync<JsonArray>($"/v1/events?model={model}:v1&type=job_completed,job_failed", Cancel))!.Count;
            if (ends != 1)
            {
                faults.Add($"{id} ended {ends} times in the history");
            }
        }

        var bytes = accepted.Values.Sum(job => job.Content.Length);
        var report = $"""
            kills {kills} ({string.Join(", ", killed.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key} {pair.Value}"))}); jobs {accepted.Count}, completed {accepted.Count - faults.Count(fault => fault.Contains("is {", StringComparison.Ordinal))}, attempts {attempts}; bytes {bytes:N0}, fetched again {again:N0} ({100.0 * again / bytes:0.0} %)
            webhooks received {receiver.Received.Count}, distinct ids {receiver.Received.Select(webhook => webhook.Id).Distinct().Count()}; answers while something was away: {string.Join(", ", refusals.Select(pair => $"{pair.Key}: {pair.Value}"))}
            faults {faults.Count}
            {string.Join('\n', faults)}
            """;
        TestContext.Current.TestOutputHelper?.WriteLine(report);
        if (Environment.GetEnvironmentVariable("MODELPLATFORM_CHAOS_REPORT") is { Length: > 0 } path)
        {
            await File.WriteAllTextAsync(path, report, Cancel);
            await File.WriteAllTextAsync(path + ".log", platform.Log, Cancel);
        }

        Assert.True(faults.Count == 0 && refusals.Keys.All(answer => answer is "no answer" or "503"), report);
    }

    /// <summary>One line to all: what it carries in a second is limited.</summary>
    private Task PaceAsync(int bytes, CancellationToken cancellationToken)
    {
        TimeSpan ahead;
        lock (line)
        {
            var now = Stopwatch.GetTimestamp();
            lineFreeAt = Math.Max(now, lineFreeAt) + ((long)bytes * Stopwatch.Frequency / BytesPerSecond);
            ahead = Stopwatch.GetElapsedTime(now, lineFreeAt);
        }

        return Task.Delay(ahead, cancellationToken);
    }

    private static int Setting(string name, int otherwise) => int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
