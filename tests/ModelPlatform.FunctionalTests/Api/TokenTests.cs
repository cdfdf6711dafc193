using System.Text;
using ModelPlatform.FunctionalTests.Platform;

namespace ModelPlatform.FunctionalTests.Api;

/// <summary>The real API with a token, reads opened to anybody.</summary>
public sealed class TokenTests : IAsyncLifetime
{
    private const string Token = "hf_Tok3nOfTheFunctionalTests0123456789abc";
    private RunningPlatform platform = null!;

    public async ValueTask InitializeAsync()
    {
        platform = await RunningPlatform.StartAsync(new PlatformOptions
        {
            Arguments = ["--store", "filesystem"],
            Environment = new Dictionary<string, string> { ["MODEL_FETCH_TOKEN"] = Token, ["MODEL_FETCH_ANONYMOUS_READ"] = "true", ["Logging__LogLevel__Microsoft.AspNetCore.Hosting.Diagnostics"] = "Information" },
        });
        platform.Api.DefaultRequestHeaders.Authorization = new("Bearer", Token);
        await OpenApiPlatform.UploadAsync(platform.Api, "org/name");
    }

    public async ValueTask DisposeAsync() => await platform.DisposeAsync();

    [Fact]
    public async Task Token_OnTheRealApi_GuardsAllButProbesAndReads()
    {
        foreach (var ways in new[] { $"Authorization: Bearer {Token}", $"Authorization: {Token}", $"X-Model-Fetch-Token: {Token}" })
        {
            Assert.Equal(200, (await SendAsync("GET /ModelList", ways)).Status);
        }

        Assert.Equal(200, (await SendAsync($"GET /ModelList?token={Token}")).Status);
        Assert.Equal(200, (await SendAsync("GET /health", "Host: anything.example")).Status);
        Assert.Equal(200, (await SendAsync("GET /alive")).Status);
        foreach (var path in new[] { "/v2/catalog", "/v2/manifests/org/name", "/v2/models/org%2Fname/artifacts/model.onnx" })
        {
            Assert.Equal(200, (await SendAsync($"GET {path}", "Host: models.example")).Status);
            Assert.Equal(200, (await SendAsync($"HEAD {path}")).Status);
        }

        foreach (var request in new[] { "GET /ModelList", "GET /ModelFetchJobs", "GET /v1/plugins", "GET /v1/events", "GET /openapi/v1.json", "GET /scalar/", "GET /hangfire", "GET /nothing", "POST /FetchModel", "DELETE /v1/models/org/name" })
        {
            var refused = await SendAsync(request, "Content-Length: 0", "Content-Type: application/json");
            Assert.Equal((401, "Unauthorized: MODEL_FETCH_TOKEN required"), (refused.Status, (string?)refused.Json["error"]));
            var wrong = await SendAsync(request, "Content-Length: 0", "Authorization: Bearer wrong");
            Assert.Equal((401, "Unauthorized: Invalid MODEL_FETCH_TOKEN"), (wrong.Status, (string?)wrong.Json["error"]));
        }

        using var body = new StringContent($$"""{"token":"{{Token}}","source":"nowhere","sourceReference":"x","modelName":"m"}""", Encoding.UTF8, "application/json");
        using var client = new HttpClient();
        using var posted = await client.PostAsync($"http://localhost:{platform.ApiPort}/FetchModel", body, TestContext.Current.CancellationToken);
        Assert.Contains("INVALID_SOURCE", await posted.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);

        var entered = await SendAsync($"GET /hangfire?token={Token}&x=1");
        Assert.Equal((302, "/hangfire?x=1"), (entered.Status, entered.Headers["Location"]));
        var cookie = entered.Headers["Set-Cookie"];
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("path=/hangfire", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Token, cookie, StringComparison.Ordinal);
        var value = cookie.Split(';')[0];
        Assert.Equal(200, (await SendAsync("GET /hangfire/recurring", $"Cookie: {value}")).Status);
        Assert.Equal(401, (await SendAsync("GET /hangfire/recurring", $"Cookie: {value}0")).Status);
        Assert.Equal(401, (await SendAsync("GET /hangfire/recurring", $"Cookie: {value.Replace('=', '9')}")).Status);
        Assert.Equal(401, (await SendAsync("GET /ModelList", $"Cookie: {value}")).Status);
        Assert.Equal(401, (await SendAsync("GET /hangfire", "X-Forwarded-For: 127.0.0.1")).Status);

        Assert.Contains("Request starting", platform.Log, StringComparison.Ordinal);
        Assert.DoesNotContain(Token, platform.Log, StringComparison.Ordinal);
    }

    private Task<RawHttp> SendAsync(string requestLine, params string[] headers) => RawHttp.SendAsync(platform.ApiPort, requestLine, TestContext.Current.CancellationToken, headers);
}
