using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ModelPlatform.FunctionalTests.Platform;

namespace ModelPlatform.FunctionalTests.Api;

/// <summary>CONTRACTS §0 and the reading half of §2 on the real API, while no token is set.</summary>
public sealed partial class OpenApiTests(OpenApiPlatform platform) : IClassFixture<OpenApiPlatform>
{
    private static readonly string Sha256 = Convert.ToHexStringLower(SHA256.HashData(OpenApiPlatform.Bytes));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private HttpClient Api => platform.Platform.Api;

    [Theory]
    [InlineData("/v2/manifests/plain", "plain:v1")]
    [InlineData("/v2/manifests/plain:v1", "plain:v1")]
    [InlineData("/v2/manifests/plain?version=v1", "plain:v1")]
    [InlineData("/v2/manifests/org/name", "org/name:v1")]
    [InlineData("/v2/manifests/org/name:v1", "org/name:v1")]
    [InlineData("/v2/manifests/org%2Fname", "org/name:v1")]
    [InlineData("/v2/manifests/org%2fname%3Av1", "org/name:v1")]
    public async Task Manifest_OfEitherSpelling_IsServedToGetAndHead(string path, string id)
    {
        var get = await platform.SendAsync($"GET {path}");
        Assert.Equal(200, get.Status);
        Assert.Equal(id, (string?)get.Json["model"]!["id"]);
        Assert.Matches("^\"[^\"]+\"$", get.Headers["ETag"]);
        var head = await platform.SendAsync($"HEAD {path}");
        Assert.Equal((200, 0, get.Headers["ETag"]), (head.Status, head.Body.Length, head.Headers["ETag"]));
        Assert.Equal(304, (await platform.SendAsync($"GET {path}", $"If-None-Match: {get.Headers["ETag"]}")).Status);
    }

    [Theory]
    [InlineData("/v2/models/plain/artifacts/model.onnx")]
    [InlineData("/v2/models/org/name/artifacts/model.onnx")]
    [InlineData("/v2/models/org/name:v1/artifacts/model.onnx")]
    [InlineData("/v2/models/org%2Fname:v1/artifacts/%6dodel.onnx")]
    public async Task Artifact_OfEitherSpelling_IsExactWholeAndInRanges(string path)
    {
        var whole = await platform.SendAsync($"GET {path}");
        Assert.Equal((200, Sha256), (whole.Status, Convert.ToHexStringLower(SHA256.HashData(whole.Body))));
        Assert.Equal(($"\"{Sha256}\"", $"sha-256=:{Convert.ToBase64String(SHA256.HashData(whole.Body))}:"), (whole.Headers["ETag"], whole.Headers["Repr-Digest"]));
        var size = OpenApiPlatform.Bytes.Length;
        foreach (var (range, offset, length) in new[] { ("bytes=5242870-5242890", 5_242_870, 21), ($"bytes={size - 1}-", size - 1, 1), ("bytes=-4400", size - 4_400, 4_400), ("bytes=0-", 0, size) })
        {
            var part = await platform.SendAsync($"GET {path}", $"Range: {range}", $"If-Range: \"{Sha256}\"");
            Assert.Equal((206, $"bytes {offset}-{offset + length - 1}/{size}"), (part.Status, part.Headers["Content-Range"]));
            Assert.True(part.Body.AsSpan().SequenceEqual(OpenApiPlatform.Bytes.AsSpan(offset, length)));
        }

        var head = await platform.SendAsync($"HEAD {path}");
        Assert.Equal((200, 0, $"{size}"), (head.Status, head.Body.Length, head.Headers["Content-Length"]));
        Assert.Equal(304, (await platform.SendAsync($"GET {path}", $"If-None-Match: \"{Sha256}\"")).Status);
        Assert.Equal(412, (await platform.SendAsync($"GET {path}", "If-Match: \"other\"")).Status);
    }

    [Fact]
    public async Task Chunk_ByItsDigest_IsServedForEver()
    {
        var manifest = (await platform.SendAsync("GET /v2/manifests/plain")).Json;
        var chunks = manifest["artifacts"]![0]!["chunking"]!["chunkHashes"]!.AsArray().Select(node => (string)node!).ToArray();
        Assert.Equal(3, chunks.Length);
        foreach (var chunk in chunks)
        {
            var answer = await platform.SendAsync($"GET /v2/chunks/{chunk}");
            Assert.Equal((200, chunk), (answer.Status, Convert.ToHexStringLower(SHA256.HashData(answer.Body))));
            Assert.Contains("immutable", answer.Headers["Cache-Control"], StringComparison.Ordinal);
            Assert.Equal(200, (await platform.SendAsync($"HEAD /v2/chunks/{chunk}")).Status);
        }

        Assert.Equal("NOT_FOUND", (await platform.SendAsync($"GET /v2/chunks/{new string('0', 64)}")).Code);
        Assert.Equal("INVALID_REQUEST", (await platform.SendAsync("GET /v2/chunks/zz")).Code);
    }

    [Theory]
    [InlineData("bytes=99999999-")]
    [InlineData("bytes=5-2")]
    [InlineData("bytes=a-b")]
    [InlineData("bytes=")]
    [InlineData("bytes=--1")]
    [InlineData("bytes=-0")]
    [InlineData("bytes=0-1-2")]
    [InlineData("bytes=0-0,10000-10000,20000-20000,30000-30000,40000-40000,50000-50000,60000-60000,70000-70000,80000-80000")]
    public async Task Range_MalformedOutsideOrTooMany_Answers416WithTheSize(string range)
    {
        var answer = await platform.SendAsync("GET /v2/models/plain/artifacts/model.onnx", $"Range: {range}");
        Assert.Equal((416, "RANGE_NOT_SATISFIABLE", $"bytes */{OpenApiPlatform.Bytes.Length}"), (answer.Status, answer.Code, answer.Headers["Content-Range"]));
    }

    [Theory]
    [InlineData("GET /v2/manifests/nope", 404, "MODEL_NOT_FOUND")]
    [InlineData("GET /v2/manifests/org/nope:v9", 404, "MODEL_NOT_FOUND")]
    [InlineData("GET /v2/manifests/plain:v2", 404, "MODEL_NOT_FOUND")]
    [InlineData("GET /v2/models/nope/artifacts/x", 404, "MODEL_NOT_FOUND")]
    [InlineData("GET /v2/models/plain/artifacts/x", 404, "NOT_FOUND")]
    [InlineData("GET /v2/models/plain/artifacts/%2e%2e/%2e%2e/etc/passwd", 400, "SECURITY_VIOLATION")]
    [InlineData("GET /v2/models/plain/artifacts/..%5c..%5cx", 400, "SECURITY_VIOLATION")]
    [InlineData("GET /v2/models/plain/artifacts/%2fetc%2fpasswd", 400, "SECURITY_VIOLATION")]
    [InlineData("GET /v2/models/plain/artifacts/C:%5cx", 400, "SECURITY_VIOLATION")]
    [InlineData("GET /v2/models/plain/artifacts/%252e%252e%252fx", 404, "NOT_FOUND")]
    [InlineData("GET /v2/models/plain/artifacts/a%0d%0aX-Y:z", 400, "INVALID_REQUEST")]
    [InlineData("GET /v2/manifests/org%252Fname", 400, "INVALID_REQUEST")]
    [InlineData("GET /v2/manifests/catalog", 400, "INVALID_REQUEST")]
    [InlineData("GET /v2/manifests/%c0%ae%c0%ae", 400, "INVALID_REQUEST")]
    [InlineData("GET /v2/catalog?limit=0", 400, "INVALID_REQUEST")]
    [InlineData("GET /v2/catalog?limit=x", 400, "INVALID_REQUEST")]
    [InlineData("GET /v2/nothing", 404, "NOT_FOUND")]
    [InlineData("DELETE /v2/catalog", 405, "METHOD_NOT_ALLOWED")]
    [InlineData("GET /InspectModel", 400, "INVALID_REQUEST")]
    [InlineData("GET /InspectModel?source=nowhere&sourceReference=x", 400, "INVALID_SOURCE")]
    [InlineData("GET /InspectModel?source=filesystem&sourceReference=..%2Fx", 400, "SECURITY_VIOLATION")]
    [InlineData("GET /InspectModel?source=filesystem&sourceReference=%2Fetc", 400, "SECURITY_VIOLATION")]
    [InlineData("GET /InspectModel?source=filesystem&sourceReference=nothing-here", 404, "MODEL_NOT_FOUND")]
    [InlineData("GET /InspectModel?source=url&sourceReference=file%3A%2F%2F%2Fetc%2Fpasswd", 400, "SECURITY_VIOLATION")]
    [InlineData("GET /InspectModel?source=url&sourceReference=http%3A%2F%2F127.0.0.1%3A1%2Fx", 400, "SECURITY_VIOLATION")]
    [InlineData("GET /ModelFetchJob?id=nope", 404, "JOB_NOT_FOUND")]
    public async Task Request_Hostile_AnswersAsTheTableSays(string request, int status, string code)
    {
        var answer = await platform.SendAsync(request, "Content-Length: 0");
        Assert.True((status, code) == (answer.Status, answer.Code), $"{answer.Status} {Encoding.UTF8.GetString(answer.Body)}");
        Assert.Equal("application/problem+json", answer.Headers["Content-Type"]);
        Assert.False(string.IsNullOrEmpty((string?)answer.Json["error"]) || answer.Json["retryable"] is null || answer.Json.ContainsKey("traceId"));
    }

    [Theory]
    [InlineData("{}", "INVALID_REQUEST", "source sourceReference modelName")]
    [InlineData("""{"source":"nowhere","sourceReference":"x","modelName":"m"}""", "INVALID_SOURCE", null)]
    [InlineData("""{"source":"filesystem","sourceReference":"../x","modelName":"m"}""", "SECURITY_VIOLATION", null)]
    [InlineData("""{"source":"filesystem","sourceReference":"x","modelName":"a/b/c"}""", "INVALID_REQUEST", "modelName")]
    [InlineData("""{"source":"filesystem","sourceReference":"x","modelName":"v2"}""", "INVALID_REQUEST", "modelName")]
    [InlineData("""{"source":"filesystem","sourceReference":"x","modelName":7}""", "INVALID_REQUEST", "modelName")]
    [InlineData("""{"source":"filesystem","sourceReference":"x","modelName":"m","modelName":"n"}""", "INVALID_REQUEST", null)]
    [InlineData("""{"source":"filesystem","sourceReference":"x","modelName":"m","maxRetries":-1}""", "INVALID_REQUEST", "maxRetries")]
    [InlineData("""{"source":"filesystem","sourceReference":"x","modelName":"m","stage":"moon"}""", "INVALID_REQUEST", "stage")]
    [InlineData("[1,2", "INVALID_REQUEST", "body")]
    public async Task Fetch_Malformed_AnswersAtOnce(string body, string code, string? fields)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await Api.PostAsync("/FetchModel", content, Cancel);
        var problem = await response.Content.ReadFromJsonAsync<JsonObject>(Cancel);
        Assert.Equal((400, code), ((int)response.StatusCode, (string?)problem!["code"]));
        Assert.All(fields?.Split(' ') ?? [], field => Assert.True(problem["errors"]!.AsObject().ContainsKey(field), problem.ToJsonString()));
    }

    [Fact]
    public async Task Fetch_DeepOrHugeBody_AnswersAtOnce()
    {
        foreach (var extra in new[] { new string('[', 100_000), $"\"{new string('x', 6_000_000)}\"" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/FetchModel") { Content = new StringContent($"{{\"metadata\":{extra}", Encoding.UTF8, "application/json") };
            request.Headers.ExpectContinue = true;
            using var response = await Api.SendAsync(request, Cancel);
            Assert.Equal((400, "INVALID_REQUEST"), ((int)response.StatusCode, (string?)(await response.Content.ReadFromJsonAsync<JsonObject>(Cancel))!["code"]));
        }
    }

    [Fact]
    public async Task Upload_OverTheLimitConflictingOrUnknown_IsRefused()
    {
        Assert.Equal((413, "FILE_TOO_LARGE"), await UploadAsync("modelName=big&framework=other", new byte[20_000_001]));
        Assert.Equal((409, "MODEL_NAME_CONFLICT"), await UploadAsync("modelName=plain&framework=other", new byte[10]));
        Assert.Equal((409, "MODEL_NAME_CONFLICT"), await UploadAsync("modelName=Plain&modelVersion=v7&framework=other", new byte[10]));
        Assert.Equal((422, "UNSUPPORTED_FRAMEWORK"), await UploadAsync("modelName=strange", new byte[10]));
        Assert.Equal((422, "UNSUPPORTED_FRAMEWORK"), await UploadAsync("modelName=strange&framework=strange", new byte[10]));
        Assert.Equal((422, "INTEGRITY_FAILED"), await UploadAsync($"modelName=strange&framework=other&expectedSha256={new string('0', 64)}", new byte[10]));
        Assert.Equal((400, "INVALID_REQUEST"), await UploadAsync("modelName=strange&framework=other", []));
        Assert.Equal((200, null), await UploadAsync("modelName=plain&framework=onnx", OpenApiPlatform.Bytes));
        Assert.Equal("MODEL_NOT_FOUND", (await platform.SendAsync("GET /v2/manifests/strange")).Code);
    }

    [Theory]
    [InlineData("localhost", 200)]
    [InlineData("127.0.0.1:1", 200)]
    [InlineData("[::1]", 200)]
    [InlineData("evil.example", 403)]
    [InlineData("127.0.0.1.nip.io", 403)]
    public async Task Host_WithoutToken_MustBeALoopbackNameEverywhereButOnProbes(string host, int status)
    {
        foreach (var path in new[] { "/ModelList", "/v2/catalog", "/hangfire", "/openapi/v1.json", "/v1/events" })
        {
            Assert.Equal(status, (await platform.SendAsync($"GET {path}", $"Host: {host}", "X-Forwarded-Host: localhost", "X-Forwarded-For: 127.0.0.1")).Status);
        }

        Assert.Equal(200, (await platform.SendAsync("GET /alive", $"Host: {host}")).Status);
        Assert.Equal(200, (await platform.SendAsync("GET /health", $"Host: {host}")).Status);
    }

    [Theory]
    [InlineData("/v2/catalog", true)]
    [InlineData("/v2/manifests/org/name", true)]
    [InlineData("/v2/models/org/name/artifacts/model.onnx", true)]
    [InlineData("/v2/trust/keys", true)]
    [InlineData("/ModelList", false)]
    [InlineData("/ModelFetchJobs", false)]
    [InlineData("/v1/events", false)]
    [InlineData("/v1/plugins", false)]
    [InlineData("/hangfire", false)]
    public async Task Cors_OfAnyOrigin_OnReadsOfTheRegistryOnly(string path, bool allowed)
    {
        var answer = await platform.SendAsync($"GET {path}", "Origin: https://page.example", "Range: bytes=0-0");
        Assert.Equal(allowed, answer.Headers.GetValueOrDefault("Access-Control-Allow-Origin") == "*");
        var preflight = await platform.SendAsync($"OPTIONS {path}", "Origin: https://page.example", "Access-Control-Request-Method: GET", "Access-Control-Request-Headers: range");
        Assert.Equal(allowed, preflight.Status == 204 && preflight.Headers.GetValueOrDefault("Access-Control-Allow-Origin") == "*");
    }

    [Fact]
    public async Task Description_OfEveryOperation_HasNameSummaryAndProblem()
    {
        var document = (await platform.SendAsync("GET /openapi/v1.json")).Json;
        var operations = document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(operation => (Name: $"{operation.Key} {path.Key}", Value: operation.Value!))).ToList();
        Assert.True(operations.Count >= 20, $"{operations.Count} operations");
        Assert.All(operations, operation => Assert.True(operation.Value["operationId"] is not null && operation.Value["summary"] is not null && operation.Value["responses"]!["default"] is not null, operation.Name));
        Assert.Equal(operations.Count, operations.Select(operation => (string?)operation.Value["operationId"]).Distinct().Count());
    }

    [Fact]
    public async Task Scalar_Page_LoadsNothingFromElsewhere()
    {
        var page = await Api.GetStringAsync("/scalar/", Cancel);
        Assert.DoesNotMatch(ElsewherePattern(), page);
        Assert.Equal(200, (await platform.SendAsync("GET /scalar/scalar.js")).Status);
    }

    [Fact]
    public async Task Hangfire_WithoutToken_OpensOnThisMachine() => Assert.Contains("Hangfire", Encoding.UTF8.GetString((await platform.SendAsync("GET /hangfire")).Body), StringComparison.Ordinal);

    private async Task<(int Status, string? Code)> UploadAsync(string query, byte[] body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/UploadModelBlob?{query}") { Content = new ByteArrayContent(body) };
        request.Headers.ExpectContinue = true;
        using var response = await Api.SendAsync(request, Cancel);
        return ((int)response.StatusCode, (string?)(await response.Content.ReadFromJsonAsync<JsonObject>(Cancel))!["code"]);
    }

    [GeneratedRegex("""(src|href)="(https?:)?//""")]
    private static partial Regex ElsewherePattern();
}
