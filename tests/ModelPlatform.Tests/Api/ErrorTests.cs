using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using ModelPlatform.Api.Errors;
using ModelPlatform.Sources;

namespace ModelPlatform.Tests.Api;

public sealed class ErrorTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string, int, bool> Table => new()
    {
        { "INVALID_REQUEST", 400, false }, { "INVALID_SOURCE", 400, false }, { "SECURITY_VIOLATION", 400, false }, { "UNAUTHORIZED", 401, false },
        { "FORBIDDEN", 403, false }, { "ACCESS_DENIED", 403, false }, { "NOT_FOUND", 404, false }, { "MODEL_NOT_FOUND", 404, false }, { "JOB_NOT_FOUND", 404, false },
        { "MODEL_NAME_CONFLICT", 409, false }, { "INVALID_STATE", 409, false }, { "METHOD_NOT_ALLOWED", 405, false }, { "UNSUPPORTED_MEDIA_TYPE", 415, false },
        { "RANGE_NOT_SATISFIABLE", 416, false }, { "PRECONDITION_FAILED", 412, false }, { "FILE_TOO_LARGE", 413, false }, { "UNSUPPORTED_FRAMEWORK", 422, false },
        { "INTEGRITY_FAILED", 422, false }, { "RATE_LIMITED", 429, true }, { "INTERNAL_ERROR", 500, false }, { "CONNECTION_FAILED", 502, true },
        { "DOWNLOAD_INCOMPLETE", 502, true }, { "SOURCE_SERVER_ERROR", 502, true }, { "STORAGE_FAILED", 503, true }, { "NETWORK_TIMEOUT", 504, true }, { "DISK_FULL", 507, false },
    };

    private static Task<ApiHost> StartAsync() => ApiHost.StartAsync(app =>
    {
        app.MapGet("/fail/{code}", (string code) => ErrorCodes.TryParse(code, out var error)
            ? new PlatformError(error, "what to do") { RetryAfter = error is ErrorCode.RateLimited ? TimeSpan.FromSeconds(7.2) : null }.ToProblem()
            : throw new InvalidOperationException("secret detail"));
        app.MapGet("/throw/{code}", string (string code) => throw new PlatformException(new PlatformError(ErrorCodes.TryParse(code, out var error) ? error : default, "what to do")));
        app.MapGet("/query", (int limit) => limit);
        app.MapPost("/body", (Body body) => body.Name);
    });

    [Fact]
    public void Table_CoversEveryCode() =>
        Assert.Equal(Enum.GetValues<ErrorCode>().Select(code => code.WireName()).Order(), Table.Select(row => row.Data.Item1).Order());

    [Theory]
    [MemberData(nameof(Table))]
    public async Task Error_OfEachCode_HasItsStatusAndMembers(string code, int status, bool retryable)
    {
        await using var host = await StartAsync();
        foreach (var path in new[] { $"/fail/{code}", $"/throw/{code}" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Accept", "text/html" } } };
            using var response = await host.Client.SendAsync(request, Cancel);
            Assert.Equal((status, "application/problem+json"), ((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType));
            var problem = await response.Content.ReadFromJsonAsync<JsonObject>(Cancel);
            Assert.Equal((code, retryable, status), ((string?)problem!["code"], (bool)problem["retryable"]!, (int)problem["status"]!));
            Assert.Equal(code != "INTERNAL_ERROR", (string?)problem["error"] == "what to do");
            Assert.Equal(code == "INTERNAL_ERROR", problem.ContainsKey("traceId"));
            Assert.Equal(code == "RATE_LIMITED", problem.ContainsKey("retryAfterSeconds"));
        }
    }

    [Fact]
    public async Task Error_RateLimited_SaysWhenInHeaderAndBody()
    {
        await using var host = await StartAsync();
        using var response = await host.Client.GetAsync("/fail/RATE_LIMITED", Cancel);
        Assert.Equal("8", response.Headers.RetryAfter?.ToString());
        Assert.Equal(8, (int)(await response.Content.ReadFromJsonAsync<JsonObject>(Cancel))!["retryAfterSeconds"]!);
    }

    [Fact]
    public async Task Error_OfABug_SaysNothingButTheTraceId()
    {
        await using var host = await StartAsync();
        using var response = await host.Client.GetAsync("/fail/none", Cancel);
        var text = await response.Content.ReadAsStringAsync(Cancel);
        Assert.Equal(500, (int)response.StatusCode);
        Assert.DoesNotContain("secret detail", text, StringComparison.Ordinal);
        Assert.Contains(host.Log.All, line => line.Contains("secret detail", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"name":7,"count":1}""", "name")]
    [InlineData("""{"name":"a","count":"x"}""", "count")]
    [InlineData("""{"name":"a","count":1e99}""", "count")]
    [InlineData("""{"name":"a","count":2147483648}""", "count")]
    [InlineData("""{"name":null,"count":1}""", "name")]
    [InlineData("""{"count":1}""", "name")]
    [InlineData("""{"name":"a","name":"b","count":1}""", "name")]
    [InlineData("""{"name":"a","count":1,"inner":{"name":{}}}""", "inner.name")]
    [InlineData("{", "body")]
    [InlineData("", "body")]
    [InlineData("null", "body")]
    [InlineData("[]", "body")]
    [InlineData("\u0001", "body")]
    public async Task Body_Malformed_NamesTheField(string json, string field)
    {
        await using var host = await StartAsync();
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        await AssertInvalid(await host.Client.PostAsync("/body", content, Cancel), field);
    }

    [Fact]
    public async Task Body_DeepHugeCompressedOrOverlong_IsInvalid()
    {
        await using var host = await StartAsync();
        foreach (var bytes in new[]
        {
            Encoding.UTF8.GetBytes($$"""{"name":"a","extra":{{new string('[', 5000)}}{{new string(']', 5000)}}}"""),
            Encoding.UTF8.GetBytes($$"""{"name":"{{new string('a', 5 * 1024 * 1024)}}"}"""),
            [0x1f, 0x8b, 8, 0, 0, 0, 0, 0],
            [.. "{\"name\":\""u8, 0xc0, 0xae, .. "\"}"u8],
        })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/body") { Content = new ByteArrayContent(bytes) { Headers = { ContentType = new("application/json") } } };
            request.Headers.ExpectContinue = true;
            await AssertInvalid(await host.Client.SendAsync(request, Cancel), null);
        }
    }

    [Fact]
    public async Task Body_OfAnotherType_IsUnsupported()
    {
        await using var host = await StartAsync();
        using var content = new StringContent("name=a", Encoding.UTF8, "application/x-www-form-urlencoded");
        using var response = await host.Client.PostAsync("/body", content, Cancel);
        Assert.Equal((415, "UNSUPPORTED_MEDIA_TYPE"), ((int)response.StatusCode, (string?)(await response.Content.ReadFromJsonAsync<JsonObject>(Cancel))!["code"]));
    }

    [Theory]
    [InlineData("/query", "limit")]
    [InlineData("/query?limit=", "limit")]
    [InlineData("/query?limit=x", "limit")]
    [InlineData("/query?limit=99999999999", "limit")]
    public async Task Query_Malformed_NamesTheField(string path, string field)
    {
        await using var host = await StartAsync();
        await AssertInvalid(await host.Client.GetAsync(path, Cancel), field);
    }

    [Fact]
    public async Task Method_NotTaken_Answers405WithAllow()
    {
        await using var host = await StartAsync();
        using var response = await host.Client.DeleteAsync("/query?limit=1", Cancel);
        Assert.Equal((405, "METHOD_NOT_ALLOWED"), ((int)response.StatusCode, (string?)(await response.Content.ReadFromJsonAsync<JsonObject>(Cancel))!["code"]));
        Assert.Contains("GET", response.Content.Headers.Allow);
    }

    private static async Task AssertInvalid(HttpResponseMessage response, string? field)
    {
        using (response)
        {
            var problem = await response.Content.ReadFromJsonAsync<JsonObject>(Cancel);
            Assert.Equal((400, "INVALID_REQUEST"), ((int)response.StatusCode, (string?)problem!["code"]));
            Assert.True(field is null || problem["errors"]!.AsObject().ContainsKey(field), problem.ToJsonString());
        }
    }

    internal sealed record Body
    {
        public required string Name { get; init; }

        public int Count { get; init; }

        public Body? Inner { get; init; }
    }
}
