using System.Net;
using System.Net.Http.Headers;
using ModelPlatform.FunctionalTests.Platform;

namespace ModelPlatform.FunctionalTests.Telemetry;

/// <summary>What Prometheus reads of each service, and who may read it.</summary>
public sealed class MetricsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Metrics_OfARunningPlatform_CountWhatHappened()
    {
        const string Secret = "a-token-for-the-scraper";
        await using var origin = await Origin.StartAsync();
        await using var platform = await RunningPlatform.StartAsync(
            new PlatformOptions { Environment = new Dictionary<string, string> { ["Fetch__AllowedOrigins__0"] = origin.Address, ["MODEL_FETCH_TOKEN"] = Secret } }, Token);
        platform.Api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Secret);
        var content = new Content(12_000_000, seed: 93);
        await platform.Api.FetchAsync("url", origin.Put("/counted.onnx", content), "counted", Token);
        await platform.Api.FetchAsync("url", origin.Put("/again.onnx", content), "again", Token);
        await platform.Api.AssertArtifactAsync("counted:v1", "counted.onnx", content, Token);
        await platform.Api.AssertArtifactAsync("counted:v1", "counted.onnx", content, Token);

        var jobs = await ScrapeAsync(platform.Ports["jobs"], Secret);
        Assert.Equal(24_000_000, Sum(jobs, "modelplatform_fetch_received_bytes_total", "modelplatform_source=\"url\""));
        Assert.Equal(12_000_000, Sum(jobs, "modelplatform_chunks_written_bytes_total"));
        Assert.Equal(12_000_000, Sum(jobs, "modelplatform_chunks_deduplicated_bytes_total"));
        Assert.Equal(6, Sum(jobs, "modelplatform_fetch_chunks_total", "modelplatform_fetch_outcome=\"downloaded\""));
        Assert.Equal(2, Sum(jobs, "modelplatform_jobs_ended_total", "modelplatform_job_status=\"completed\""));
        Assert.Equal(2, Sum(jobs, "modelplatform_fetch_file_duration_seconds_count"));
        Assert.Equal(2, Sum(jobs, "modelplatform_jobs_duration_seconds_count"));
        Assert.Contains("modelplatform_jobs_depth{", jobs);
        Assert.DoesNotContain(new Uri(origin.Address).Authority, jobs);

        var api = await ScrapeAsync(platform.ApiPort, Secret);
        Assert.Equal(24_000_000, Sum(api, "modelplatform_serving_sent_bytes_total"));
        Assert.Equal(2, Sum(api, "modelplatform_serving_duration_seconds_count", "http_response_status_code=\"200\""));
        Assert.True(Sum(api, "modelplatform_serving_chunks_total", "modelplatform_cache_result=\"hit\"") >= 3, api);
        Assert.Equal(3, Sum(api, "modelplatform_serving_chunks_total", "modelplatform_cache_result=\"miss\""));
        Assert.Contains("http_route=\"/FetchModel\"", api);

        // Nobody else reads them: not without the token, not with another one, not with the dashboard's sign-in page in between.
        foreach (var port in (int[])[platform.ApiPort, platform.DashboardPort, platform.Ports["jobs"]])
        {
            Assert.Contains("dotnet_", await ScrapeAsync(port, Secret));
            Assert.All([null, "another"], token => Assert.Equal(HttpStatusCode.Unauthorized, GetAsync(port, token).GetAwaiter().GetResult().StatusCode));
        }
    }

    [Fact]
    public async Task Metrics_WithoutAToken_AreForThisMachineOnly()
    {
        await using var platform = await RunningPlatform.StartAsync(new PlatformOptions { Arguments = ["--store", "filesystem"] }, Token);

        foreach (var port in (int[])[platform.ApiPort, platform.DashboardPort, platform.Ports["jobs"]])
        {
            Assert.Contains("dotnet_", await ScrapeAsync(port, null));
            Assert.Equal(403, (await RawHttp.SendAsync(port, "GET /metrics", Token, "Host: models.example")).Status);
        }
    }

    private static double Sum(string scraped, string name, string label = "") => scraped.Split('\n')
        .Where(line => (line.StartsWith(name + "{", StringComparison.Ordinal) || line.StartsWith(name + " ", StringComparison.Ordinal)) && line.Contains(label, StringComparison.Ordinal))
        .Sum(line => double.Parse(line[(line.IndexOf('}') + 1)..].Trim().Split(' ')[0]));

    private static async Task<string> ScrapeAsync(int port, string? token)
    {
        using var response = await GetAsync(port, token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsStringAsync(Token);
    }

    private static async Task<HttpResponseMessage> GetAsync(int port, string? token)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false });
        client.DefaultRequestHeaders.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        return await client.GetAsync($"http://localhost:{port}/metrics", Token);
    }
}
