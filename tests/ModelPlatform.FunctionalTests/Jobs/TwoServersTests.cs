using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ModelPlatform.FunctionalTests.Platform;

namespace ModelPlatform.FunctionalTests.Jobs;

/// <summary>Two job servers on one Redis: what the one that dies, sleeps or leaves was doing, the other brings to its end, once.</summary>
public sealed class TwoServersTests : IAsyncLifetime
{
    private const int SigKill = 9;
    private const int SigTerm = 15;
    private const int SigCont = 18;
    private const int SigStop = 19;
    private const long Held = 24_000_000;

    private readonly ConcurrentDictionary<string, TaskCompletionSource> gates = new(StringComparer.Ordinal);
    private Origin origin = null!;
    private WebhookReceiver receiver = null!;
    private RunningPlatform platform = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        origin = await Origin.StartAsync();
        origin.Intercept = HoldAsync;
        receiver = await WebhookReceiver.StartAsync();
        platform = await RunningPlatform.StartAsync(new PlatformOptions
        {
            Arguments = ["--store", "filesystem", "--job-servers", "2"],
            Environment = new Dictionary<string, string> { ["Fetch__AllowedOrigins__0"] = origin.Address, ["Fetch__AllowedOrigins__1"] = receiver.Address },
        });
    }

    public async ValueTask DisposeAsync()
    {
        await platform.DisposeAsync();
        await receiver.DisposeAsync();
        await origin.DisposeAsync();
    }

    [Fact]
    public async Task JobServer_KilledSleepingOrLeaving_TheOtherFinishesItsJobOnce()
    {
        await KilledAsync();
        await SleepingAsync("woken-early", wakesBeforeTheEnd: true);
        await SleepingAsync("woken-late", wakesBeforeTheEnd: false);
        await LeavingAsync();
        await WithoutRedisAsync();
    }

    private async Task KilledAsync()
    {
        var (id, content) = await BeginAsync("killed");
        var killedAt = TimeProvider.System.GetUtcNow();
        RunningPlatform.Signal(await RunnerOfAsync(), SigKill);

        var taken = await UntilAsync(id, job => (string?)job["status"] == "downloading" && job["attempts"]!.AsArray().Count == 2);
        var took = Time(taken["attempts"]![1]!["startedAt"]) - killedAt;
        TestContext.Current.TestOutputHelper?.WriteLine($"taken over after {took.TotalSeconds:0.0} s");
        await EndsOnceAsync("killed", id, content, attempts: 2);
        await UntilTwoServersAsync();
    }

    private async Task SleepingAsync(string model, bool wakesBeforeTheEnd)
    {
        var (id, content) = await BeginAsync(model);
        var runner = await RunnerOfAsync();
        RunningPlatform.Signal(runner, SigStop);
        try
        {
            await UntilAsync(id, job => (string?)job["status"] == "downloading" && job["attempts"]!.AsArray().Count == 2);
            if (wakesBeforeTheEnd)
            {
                RunningPlatform.Signal(runner, SigCont);
                await UntilLoggedAsync($"Job {id} has another owner or was stopped; this runner leaves it");
            }

            await EndsOnceAsync(model, id, content, attempts: 2);
        }
        finally
        {
            RunningPlatform.Signal(runner, SigCont);
        }

        await UntilLoggedAsync($"Job {id} has another owner or was stopped; this runner leaves it");
        var job = await UntilAsync(id, _ => true);
        Assert.Equal(("completed", 2), ((string?)job["status"], job["attempts"]!.AsArray().Count));
        Assert.Single(receiver.About(id));
        await UntilTwoServersAsync();
    }

    private async Task LeavingAsync()
    {
        var (id, content) = await BeginAsync("leaving");
        RunningPlatform.Signal(await RunnerOfAsync(), SigTerm);
        await UntilAsync(id, job => job["attempts"]!.AsArray().Count == 2);

        await EndsOnceAsync("leaving", id, content, attempts: 2);
        Assert.Contains($"Job {id} goes back to the queue: this server stops", platform.Log, StringComparison.Ordinal);
        // The journal went with it: at most what was on the wire then came twice, and nothing of what was verified.
        Assert.InRange(origin.BytesSent("/leaving.onnx") - content.Length, 0, 6_000_000);
    }

    /// <summary>While Redis does not answer nothing is accepted; what was accepted before goes on when it does.</summary>
    private async Task WithoutRedisAsync()
    {
        await UntilTwoServersAsync();
        var (id, content) = await BeginAsync("frozen");
        RunningPlatform.Signal(platform.Children["redis"], SigStop);
        try
        {
            var (status, body) = await platform.Api.PostFetchAsync(FetchApi.Request("url", origin.Address + "/never.onnx", "never"), Cancel);
            Assert.Equal((503, "STORAGE_FAILED", true), (status, (string?)body["code"], (bool)body["retryable"]!));
        }
        finally
        {
            RunningPlatform.Signal(platform.Children["redis"], SigCont);
        }

        await EndsOnceAsync("frozen", id, content, attempts: 1);
    }

    /// <summary>Begins a fetch that stops in the middle until it is released.</summary>
    private async Task<(string Id, Content Content)> BeginAsync(string model)
    {
        var content = new Content(60_000_000, seed: (ulong)model.Length);
        gates[$"/{model}.onnx"] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var request = FetchApi.Request("url", origin.Put($"/{model}.onnx", content), model);
        request["webhookUrl"] = receiver.Address;
        var (status, body) = await platform.Api.PostFetchAsync(request, Cancel);
        Assert.Equal(202, status);
        var id = (string)body["jobId"]!;
        var sent = 0L;
        while (sent < 20_000_000 || sent != origin.BytesSent($"/{model}.onnx"))
        {
            // Until all that is not held is here.
            sent = origin.BytesSent($"/{model}.onnx");
            await Task.Delay(500, Cancel);
        }

        await UntilAsync(id, job => (int)job["chunksVerified"]! >= 4);
        return (id, content);
    }

    private async Task EndsOnceAsync(string model, string id, Content content, int attempts)
    {
        gates[$"/{model}.onnx"].TrySetResult();
        var job = await platform.Api.WaitForEndAsync(id, Cancel).WaitAsync(TimeSpan.FromMinutes(2), Cancel);
        Assert.Equal(("completed", attempts), ((string?)job["status"], job["attempts"]!.AsArray().Count));
        await platform.Api.AssertArtifactAsync($"{model}:v1", $"{model}.onnx", content, Cancel);
        while (receiver.About(id).Count == 0)
        {
            await Task.Delay(50, Cancel);
        }

        Assert.Single(receiver.About(id));
        var events = (await platform.Api.GetFromJsonAsync<JsonArray>($"/v1/events?model={model}:v1&type=job_completed,model_published", Cancel))!;
        Assert.Equal(["job_completed", "model_published"], events.Select(happened => (string)happened!["type"]!).Order(StringComparer.Ordinal));
    }

    /// <summary>The process that runs the one job there is.</summary>
    private async Task<int> RunnerOfAsync()
    {
        while (true)
        {
            var control = (await platform.Api.GetFromJsonAsync<JsonObject>("/WorkerControl", Cancel))!;
            if (control["servers"]!.AsArray().Where(server => (int)server!["activeJobs"]! == 1).ToArray() is [var runner])
            {
                return int.Parse(((string)runner!["name"]!).Split(':')[^2], CultureInfo.InvariantCulture);
            }

            await Task.Delay(100, Cancel);
        }
    }

    private async Task UntilTwoServersAsync()
    {
        while ((await platform.Api.GetFromJsonAsync<JsonObject>("/WorkerControl", Cancel))!["servers"]!.AsArray() is not { Count: 2 } servers || servers.Any(server => (int)server!["activeJobs"]! > 0))
        {
            await Task.Delay(200, Cancel);
        }
    }

    private async Task<JsonObject> UntilAsync(string id, Func<JsonObject, bool> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        while (true)
        {
            if (await platform.Api.TryGetJobAsync(id, patience.Token) is { } job && condition(job))
            {
                return job;
            }

            await Task.Delay(50, patience.Token);
        }
    }

    private async Task UntilLoggedAsync(string text)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        while (!platform.Log.Contains(text, StringComparison.Ordinal))
        {
            await Task.Delay(100, patience.Token);
        }
    }

    private async Task<bool> HoldAsync(Microsoft.AspNetCore.Http.HttpContext context, Content? content)
    {
        var range = Microsoft.Net.Http.Headers.RangeHeaderValue.TryParse(context.Request.Headers.Range.ToString(), out var asked) ? asked.Ranges.First().From ?? 0 : 0;
        if (range >= Held && gates.TryGetValue(context.Request.Path, out var gate))
        {
            await gate.Task.WaitAsync(context.RequestAborted);
        }

        return false;
    }

    private static DateTimeOffset Time(JsonNode? node) => DateTimeOffset.Parse((string)node!, CultureInfo.InvariantCulture);
}
