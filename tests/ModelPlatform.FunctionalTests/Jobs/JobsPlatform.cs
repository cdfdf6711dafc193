using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ModelPlatform.FunctionalTests.Platform;

namespace ModelPlatform.FunctionalTests.Jobs;

/// <summary>A platform with a token and a webhook secret, an origin it may fetch from, and a receiver it may tell.</summary>
[CollectionDefinition(Collection)]
public sealed class JobsPlatform : IAsyncLifetime, ICollectionFixture<JobsPlatform>
{
    public const string Collection = "jobs";
    public const string Token = "T0kenOfTheJobTests";
    public const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    public RunningPlatform Platform { get; private set; } = null!;

    public Origin Origin { get; private set; } = null!;

    public WebhookReceiver Receiver { get; private set; } = null!;

    public HttpClient Api => Platform.Api;

    public async ValueTask InitializeAsync()
    {
        Origin = await Origin.StartAsync();
        Receiver = await WebhookReceiver.StartAsync();
        Platform = await RunningPlatform.StartAsync(new PlatformOptions
        {
            Arguments = ["--store", "filesystem"],
            Environment = new Dictionary<string, string>
            {
                ["MODEL_FETCH_TOKEN"] = Token,
                ["MODEL_FETCH_WEBHOOK_SECRET"] = Secret,
                ["MODEL_FETCH_INITIAL_RETRY_DELAY"] = "100",
                ["Fetch__AllowedOrigins__0"] = Origin.Address,
                ["Fetch__AllowedOrigins__1"] = Receiver.Address,
            },
        });
        Api.DefaultRequestHeaders.Authorization = new("Bearer", Token);
    }

    public async ValueTask DisposeAsync()
    {
        await Platform.DisposeAsync();
        await Receiver.DisposeAsync();
        await Origin.DisposeAsync();
    }

    /// <summary>A name no other test uses.</summary>
    public static string NewModel(string kind) => $"{kind}-{Guid.NewGuid():N}"[..(kind.Length + 9)];

    /// <summary>Asks for a small file under a path of the model's name.</summary>
    public async Task<string> FetchSmallAsync(string model, CancellationToken cancellationToken, params (string Name, JsonNode? Value)[] more)
    {
        var request = FetchApi.Request("url", Origin.Put($"/{model}.onnx", new Content(10_240, seed: (ulong)model.GetHashCode(StringComparison.Ordinal))), model);
        foreach (var (name, value) in more)
        {
            request[name] = value;
        }

        var (status, body) = await Api.PostFetchAsync(request, cancellationToken);
        Assert.True(status == 202, $"{status} {body.ToJsonString()}");
        return (string)body["jobId"]!;
    }

    public async Task<(int Status, JsonObject Body)> ActAsync(string? jobId, string? action, CancellationToken cancellationToken)
    {
        using var response = await Api.PostAsync("/ModelFetchJob", JsonContent.Create(new JsonObject { ["jobId"] = jobId, ["action"] = action }), cancellationToken);
        return ((int)response.StatusCode, (await response.Content.ReadFromJsonAsync<JsonObject>(cancellationToken))!);
    }

    public async Task<(int Status, JsonObject Body)> GetAsync(string path, CancellationToken cancellationToken)
    {
        using var response = await Api.GetAsync(path, cancellationToken);
        return ((int)response.StatusCode, (await response.Content.ReadFromJsonAsync<JsonObject>(cancellationToken))!);
    }

    /// <summary>Waits until a job is as it should be.</summary>
    public async Task<JsonObject> UntilAsync(string jobId, Func<JsonObject, bool> condition, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        while (true)
        {
            if (await Api.TryGetJobAsync(jobId, patience.Token) is { } job && condition(job))
            {
                return job;
            }

            await Task.Delay(50, patience.Token);
        }
    }

    public Task<RawHttp> SendAsync(string requestLine, params string[] headers) => RawHttp.SendAsync(Platform.ApiPort, requestLine, TestContext.Current.CancellationToken, headers);
}
