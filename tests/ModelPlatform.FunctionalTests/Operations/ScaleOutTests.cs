using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ModelPlatform.FunctionalTests.Platform;

namespace ModelPlatform.FunctionalTests.Operations;

/// <summary>Several processes of a service on one store: none of them is needed by what another began.</summary>
public sealed partial class ScaleOutTests
{
    private static readonly TimeSpan TakeOver = TimeSpan.FromSeconds(15);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Kill9_OfTheJobServerAndTheApiThatHaveAJob_TheOthersFinishIt()
    {
        await using var origin = await Origin.StartAsync();
        await using var platform = await RunningPlatform.StartAsync(
            new PlatformOptions { Arguments = ["--job-servers", "2", "--store", "filesystem"], Environment = new Dictionary<string, string> { ["Fetch__AllowedOrigins__0"] = origin.Address } }, Token);
        await using var second = await ServiceReplica.StartAsync(platform, "api", Token);
        await using var balancer = new LoadBalancer([second.Port, platform.ApiPort]);
        using var api = Client(balancer.Port);
        var content = new Content(96_000_000, seed: 61);
        var reached = new TaskCompletionSource();
        origin.Intercept = async (context, _) =>
        {
            await Task.Delay(200, context.RequestAborted);
            if (origin.BytesSent("/shared.onnx") > 20_000_000)
            {
                reached.TrySetResult();
            }

            return false;
        };

        // Taken by whichever API and whichever job server comes first; both are killed while the file is on its way.
        var (status, body) = await api.PostFetchAsync(FetchApi.Request("url", origin.Put("/shared.onnx", content), "shared"), Token);
        Assert.Equal(202, status);
        var jobId = (string)body["jobId"]!;
        await reached.Task.WaitAsync(Token);
        var owner = await OwnerAsync(platform, api);
        await second.KillAsync();
        platform.KillChild(owner);
        var killed = TimeProvider.System.GetUtcNow();
        origin.Intercept = null;

        var job = await api.WaitForEndAsync(jobId, Token).WaitAsync(TimeSpan.FromMinutes(3), Token);
        Assert.True((string?)job["status"] == "completed", job.ToJsonString());
        var again = job["attempts"]!.AsArray().Select(attempt => DateTimeOffset.Parse((string)attempt!["startedAt"]!, CultureInfo.InvariantCulture)).Where(started => started > killed).ToList();
        Assert.True(again.Count > 0, job.ToJsonString());
        Assert.InRange(again[0] - killed, TimeSpan.Zero, TakeOver);
        Assert.True((int)job["chunksReused"]! > 0, job.ToJsonString());
        await api.AssertArtifactAsync("shared:v1", "shared.onnx", content, Token);
    }

    [Fact]
    public async Task SignIn_AtOneDashboard_HoldsAtItsReplica()
    {
        const string Secret = "the-operators-token";
        await using var platform = await RunningPlatform.StartAsync(
            new PlatformOptions { Arguments = ["--store", "filesystem"], Environment = new Dictionary<string, string> { ["MODEL_FETCH_TOKEN"] = Secret } }, Token);
        await using var second = await ServiceReplica.StartAsync(platform, "dashboard", Token);
        using var browser = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, CookieContainer = new CookieContainer() });

        // Cookies belong to a host, whatever its port: to the browser the two are one site, as behind a balancer. The form comes from one, its post goes to the other.
        var form = await browser.GetStringAsync($"http://localhost:{platform.DashboardPort}/sign-in", Token);
        var fields = Field().Matches(form).ToDictionary(field => field.Groups[1].Value, field => WebUtility.HtmlDecode(field.Groups[2].Value), StringComparer.Ordinal);
        fields["Token"] = Secret;
        using var signedIn = await browser.PostAsync($"http://localhost:{second.Port}/sign-in", new FormUrlEncodedContent(fields), Token);
        Assert.Equal(HttpStatusCode.Redirect, signedIn.StatusCode);

        using var atFirst = await browser.GetAsync($"http://localhost:{platform.DashboardPort}/", Token);
        using var atSecond = await browser.GetAsync($"http://localhost:{second.Port}/", Token);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (atFirst.StatusCode, atSecond.StatusCode));
    }

    /// <summary>Which resource's process has the one running job.</summary>
    private static async Task<string> OwnerAsync(RunningPlatform platform, HttpClient api)
    {
        while (true)
        {
            var control = (JsonObject)JsonNode.Parse(await api.GetStringAsync("/WorkerControl", Token))!;
            if (control["servers"]!.AsArray().FirstOrDefault(server => (int)server!["activeJobs"]! > 0) is { } busy)
            {
                var process = int.Parse(((string)busy["name"]!).Split(':')[1], CultureInfo.InvariantCulture);
                return platform.Children.Single(child => child.Value == process).Key;
            }

            await Task.Delay(100, Token);
        }
    }

    private static HttpClient Client(int port) => new(new SocketsHttpHandler { UseProxy = false, PooledConnectionLifetime = TimeSpan.Zero }) { BaseAddress = new Uri($"http://localhost:{port}"), Timeout = TimeSpan.FromMinutes(5) };

    [GeneratedRegex(@"<input type=""hidden"" name=""([^""]+)"" value=""([^""]*)""")]
    private static partial Regex Field();
}
