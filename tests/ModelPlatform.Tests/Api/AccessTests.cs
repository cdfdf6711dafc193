using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using ModelPlatform.Api.Access;

namespace ModelPlatform.Tests.Api;

public sealed class AccessTests
{
    private const string Token = "s3cret-Tok3n";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static Task<ApiHost> StartAsync(params (string Name, string Value)[] settings) => ApiHost.StartAsync(
        app =>
        {
            app.MapGet("/v2/catalog", (HttpContext context) => $"{context.GetCaller()} {context.Request.QueryString} {context.MayReadGated()}");
            app.MapPost("/v2/things", () => "made");
            app.MapPost("/api/models/x/paths-info/main", () => "info").ReadsOnly();
        },
        settings.ToDictionary(pair => pair.Name, pair => (string?)pair.Value),
        app =>
        {
            app.MapGet("/ModelList", () => "list");
            app.MapPost("/FetchModel", (JsonObject body) => body["source"]?.GetValue<string>());
            app.MapPost("/Upload", async (HttpRequest request) => (await new StreamReader(request.Body).ReadToEndAsync(Cancel)).Length);
        });

    [Fact]
    public async Task Token_SentInAnyOfFourWays_Opens()
    {
        await using var host = await StartAsync(("MODEL_FETCH_TOKEN", Token));
        foreach (var (name, value) in new[] { ("Authorization", $"Bearer {Token}"), ("Authorization", $"bearer {Token}"), ("Authorization", Token), ("X-Model-Fetch-Token", Token) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/ModelList");
            request.Headers.TryAddWithoutValidation(name, value);
            using var response = await host.Client.SendAsync(request, Cancel);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        Assert.Equal("list", await host.Client.GetStringAsync($"/ModelList?token={Token}", Cancel));
        Assert.Equal("TokenHolder ?limit=3 True", await host.Client.GetStringAsync($"/v2/catalog?limit=3&%74oken={Token}", Cancel));
        using var posted = await host.Client.PostAsJsonAsync("/FetchModel", new { source = "url", token = Token }, Cancel);
        Assert.Equal("url", await posted.Content.ReadAsStringAsync(Cancel));
    }

    [Theory]
    [InlineData("GET", "/ModelList", null, null, "Unauthorized: MODEL_FETCH_TOKEN required")]
    [InlineData("GET", "/nowhere", null, null, "Unauthorized: MODEL_FETCH_TOKEN required")]
    [InlineData("GET", "/openapi/v1.json", null, null, "Unauthorized: MODEL_FETCH_TOKEN required")]
    [InlineData("GET", "/ModelList", "Bearer wrong", null, "Unauthorized: Invalid MODEL_FETCH_TOKEN")]
    [InlineData("GET", "/ModelList", "Bearer s3cret-Tok3", null, "Unauthorized: Invalid MODEL_FETCH_TOKEN")]
    [InlineData("GET", "/ModelList", "Bearer S3CRET-TOK3N", null, "Unauthorized: Invalid MODEL_FETCH_TOKEN")]
    [InlineData("GET", "/ModelList?token=wrong", null, null, "Unauthorized: Invalid MODEL_FETCH_TOKEN")]
    [InlineData("POST", "/FetchModel", null, """{"token":"wrong"}""", "Unauthorized: Invalid MODEL_FETCH_TOKEN")]
    [InlineData("POST", "/FetchModel?token=s3cret-Tok3n", null, "{}", "Unauthorized: MODEL_FETCH_TOKEN required")]
    [InlineData("POST", "/FetchModel", null, """{"token":7}""", "Unauthorized: MODEL_FETCH_TOKEN required")]
    [InlineData("POST", "/FetchModel", null, """{"inner":{"token":"s3cret-Tok3n"}}""", "Unauthorized: MODEL_FETCH_TOKEN required")]
    [InlineData("POST", "/FetchModel", null, "{not json", "Unauthorized: MODEL_FETCH_TOKEN required")]
    public async Task Token_MissingOrWrong_Answers401WithTheExactText(string method, string path, string? authorization, string? body, string error)
    {
        await using var host = await StartAsync(("MODEL_FETCH_TOKEN", Token));
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        using var response = await host.Client.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        var problem = await response.Content.ReadFromJsonAsync<JsonObject>(Cancel);
        Assert.Equal((error, "UNAUTHORIZED", false), ((string?)problem!["error"], (string?)problem["code"], (bool)problem["retryable"]!));
    }

    [Fact]
    public async Task Token_SentInAQuery_IsInNoLogOfTheLowestLevel()
    {
        await using var host = await StartAsync(("MODEL_FETCH_TOKEN", Token));
        await host.Client.GetStringAsync($"/ModelList?a=1&token={Token}&b=2", Cancel);
        using var refused = await host.Client.GetAsync($"/ModelList?tOkEn={Token}x", Cancel);
        using var posted = await host.Client.PostAsJsonAsync("/FetchModel", new { source = "url", token = Token }, Cancel);
        Assert.Contains(host.Log.All, line => line.Contains("ModelList?a=1&b=2", StringComparison.Ordinal));
        Assert.DoesNotContain(host.Log.All, line => line.Contains(Token, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task AnonymousRead_Set_OpensReadsOfTheRegistryAndNothingElse()
    {
        await using var host = await StartAsync(("MODEL_FETCH_TOKEN", Token), ("MODEL_FETCH_ANONYMOUS_READ", "true"));
        Assert.Equal("Anonymous  False", await host.Client.GetStringAsync("/v2/catalog", Cancel));
        using var head = await host.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/v2/catalog"), Cancel);
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        using var info = await host.Client.PostAsync("/api/models/x/paths-info/main", null, Cancel);
        Assert.Equal(HttpStatusCode.OK, info.StatusCode);
        using var list = await host.Client.GetAsync("/ModelList", Cancel);
        Assert.Equal(HttpStatusCode.Unauthorized, list.StatusCode);
        using var made = await host.Client.PostAsync("/v2/things", null, Cancel);
        Assert.Equal(HttpStatusCode.Unauthorized, made.StatusCode);
        using var wrong = await host.Client.GetAsync("/v2/catalog?token=wrong", Cancel);
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
    }

    [Theory]
    [InlineData("localhost", 200)]
    [InlineData("LOCALHOST:5100", 200)]
    [InlineData("127.0.0.1:1", 200)]
    [InlineData("[::1]:5100", 200)]
    [InlineData("evil.example", 403)]
    [InlineData("localhost.evil.example", 403)]
    [InlineData("127.0.0.1.nip.io", 403)]
    [InlineData("127.0.0.2", 403)]
    [InlineData("0.0.0.0", 403)]
    [InlineData("2130706433", 403)]
    [InlineData("[::ffff:127.0.0.1]", 403)]
    public async Task Host_WithoutToken_MustBeALoopbackName(string name, int status)
    {
        await using var host = await StartAsync();
        foreach (var path in new[] { "/ModelList", "/v2/catalog" })
        {
            var answer = await host.SendRawAsync($"GET {path}", $"Host: {name}", "X-Forwarded-Host: localhost", "X-Forwarded-For: 127.0.0.1", "Forwarded: for=127.0.0.1;host=localhost");
            Assert.Equal(status, answer.Status);
            Assert.True(status == 200 || answer.Text.Contains("\"code\":\"FORBIDDEN\"", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Host_WithTokenOrWithAnonymousAllowed_MayBeAnyName()
    {
        await using var guarded = await StartAsync(("MODEL_FETCH_TOKEN", Token));
        Assert.Equal(200, (await guarded.SendRawAsync($"GET /ModelList?token={Token}", "Host: models.example")).Status);
        await using var open = await StartAsync(("MODEL_FETCH_ALLOW_ANONYMOUS", "true"));
        var answer = await open.SendRawAsync("GET /v2/catalog", "Host: models.example");
        Assert.Contains("Anonymous  False", answer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://0.0.0.0:0")]
    [InlineData("http://+:0")]
    [InlineData("http://[::]:0")]
    public async Task Binding_NonLoopbackWithoutToken_RefusesToStart(string urls)
    {
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => StartAsync(("urls", urls)));
        Assert.Contains("MODEL_FETCH_ALLOW_ANONYMOUS", failure.ToString(), StringComparison.Ordinal);
        await using var guarded = await StartAsync(("urls", urls), ("MODEL_FETCH_TOKEN", Token));
        await using var open = await StartAsync(("urls", urls), ("MODEL_FETCH_ALLOW_ANONYMOUS", "true"));
    }

    [Theory]
    [InlineData("GET", "/v2/catalog", "GET", true)]
    [InlineData("HEAD", "/v2/catalog", "HEAD", true)]
    [InlineData("POST", "/api/models/x/paths-info/main", "POST", true)]
    [InlineData("POST", "/v2/things", "POST", false)]
    [InlineData("GET", "/ModelList", "GET", false)]
    [InlineData("POST", "/FetchModel", "POST", false)]
    [InlineData("GET", "/openapi/v1.json", "GET", false)]
    public async Task Cors_AnyOrigin_OnlyOnReadsOfTheRegistry(string method, string path, string preflighted, bool allowed)
    {
        await using var host = await StartAsync();
        var preflight = await host.SendRawAsync($"OPTIONS {path}", "Origin: https://page.example", $"Access-Control-Request-Method: {preflighted}", "Access-Control-Request-Headers: range, authorization");
        Assert.Equal(allowed, preflight.Headers.GetValueOrDefault("Access-Control-Allow-Origin") == "*");
        Assert.Equal(allowed ? 204 : 405, preflight.Status);
        Assert.False(preflight.Headers.ContainsKey("Access-Control-Allow-Credentials"));
        if (allowed)
        {
            Assert.Contains("Range", preflight.Headers["Access-Control-Allow-Headers"], StringComparison.OrdinalIgnoreCase);
        }

        var answer = await host.SendRawAsync($"{method} {path}", "Origin: https://page.example", "Content-Length: 0");
        Assert.Equal(allowed, answer.Headers.GetValueOrDefault("Access-Control-Allow-Origin") == "*");
        Assert.Equal(allowed, answer.Headers.TryGetValue("Access-Control-Expose-Headers", out var exposed) && exposed.Contains("X-Linked-Etag", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Cors_PreflightWithTokenSet_NeedsNoTokenAndTheAnswerItselfDoes()
    {
        await using var host = await StartAsync(("MODEL_FETCH_TOKEN", Token));
        var preflight = await host.SendRawAsync("OPTIONS /v2/catalog", "Origin: https://page.example", "Access-Control-Request-Method: GET");
        Assert.Equal((204, "*"), (preflight.Status, preflight.Headers["Access-Control-Allow-Origin"]));
        var refused = await host.SendRawAsync("GET /v2/catalog", "Origin: https://page.example");
        Assert.Equal((401, "*"), (refused.Status, refused.Headers["Access-Control-Allow-Origin"]));
    }

    [Theory]
    [InlineData("POST /Upload", "https://page.example", 403)]
    [InlineData("POST /Upload", "null", 403)]
    [InlineData("POST /Upload", "http://localhost.page.example", 403)]
    [InlineData("POST /Upload", "http://localhost:5200", 200)]
    [InlineData("POST /Upload", "http://127.0.0.1:5100", 200)]
    [InlineData("GET /ModelList", "https://page.example", 200)]
    public async Task Origin_OfAnotherSiteWithoutToken_MayReadAndNotAct(string request, string origin, int status)
    {
        await using var host = await StartAsync();
        Assert.Equal(status, (await host.SendRawAsync(request, $"Origin: {origin}", "Content-Type: text/plain", "Content-Length: 0")).Status);
        var upgrade = await host.SendRawAsync("GET /ModelList", $"Origin: {origin}", "Upgrade: websocket");
        Assert.Equal(origin.Contains("//localhost:", StringComparison.Ordinal) || origin.Contains("127.0.0.1", StringComparison.Ordinal) ? 200 : 403, upgrade.Status);
    }
}
