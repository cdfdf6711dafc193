using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using ModelPlatform.Registry;

namespace ModelPlatform.Tests.Api;

public sealed class PathTests
{
    private static Task<ApiHost> StartAsync() => ApiHost.StartAsync(app =>
    {
        app.MapGet("/v2/manifests/{id}", (ModelReference id) => $"manifest|{id.Name}|{id.Version}|{id.Alias}");
        app.MapGet("/v2/models/{id}/artifacts/{**path}", (ModelReference id, string path) => $"artifact|{id.Name}|{id.Version}|{id.Alias}|{path}");
        app.MapGet("/v2/models/{id}/proof/{chunkIndex:int}", (ModelReference id, int chunkIndex) => $"proof|{id.Name}|{id.Version}|{id.Alias}|{chunkIndex}");
        app.MapGet("/v2/documents/{collection}/{docId}", (string collection, string docId) => $"document|{collection}|{docId}");
        app.MapPut("/v1/models/{id}/pin", (ModelId id) => $"pin|{id}");
        app.MapGet("/v1/models/{id}", (ModelReference id) => $"model|{id.Name}|{id.Version}|{id.Alias}");
        app.MapPut("/v1/models/{name}/aliases/{alias}", (string name, string alias) => $"alias|{name}|{alias}");
    });

    [Theory]
    [InlineData("GET /v2/manifests/gpt2", "manifest|gpt2||")]
    [InlineData("GET /v2/manifests/gpt2:v1", "manifest|gpt2|v1|")]
    [InlineData("GET /v2/manifests/gpt2%3Av1", "manifest|gpt2|v1|")]
    [InlineData("GET /v2/manifests/org/name", "manifest|org/name||")]
    [InlineData("GET /v2/manifests/org%2Fname", "manifest|org/name||")]
    [InlineData("GET /v2/manifests/org%2fname:v1", "manifest|org/name|v1|")]
    [InlineData("GET /v2/manifests/org/name:1.0.0", "manifest|org/name|1.0.0|")]
    [InlineData("GET /v2/manifests/org/name@prod", "manifest|org/name||prod")]
    [InlineData("GET /v2/manifests/org/name%40prod", "manifest|org/name||prod")]
    [InlineData("GET /v2/manifests/org%2Fname%40prod?x=1", "manifest|org/name||prod")]
    [InlineData("GET /v2/manifests/%67pt2", "manifest|gpt2||")]
    [InlineData("GET /v2/models/gpt2/artifacts/a.bin", "artifact|gpt2|||a.bin")]
    [InlineData("GET /v2/models/gpt2:v1/artifacts/onnx/a.bin", "artifact|gpt2|v1||onnx/a.bin")]
    [InlineData("GET /v2/models/org/name/artifacts/onnx/a.bin", "artifact|org/name|||onnx/a.bin")]
    [InlineData("GET /v2/models/org/name:v1/artifacts/onnx%2Fa.bin", "artifact|org/name|v1||onnx/a.bin")]
    [InlineData("GET /v2/models/org%2Fname@prod/artifacts/a%20b%25c.bin", "artifact|org/name||prod|a b%c.bin")]
    [InlineData("GET /v2/models/gpt2/artifacts/%252e%252e%252Fx", "artifact|gpt2|||%2e%2e%2Fx")]
    [InlineData("GET /v2/models/gpt2/artifacts/artifacts/proof/1", "artifact|gpt2|||artifacts/proof/1")]
    [InlineData("GET /v2/models/gpt2/artifacts/%C3%A9.bin", "artifact|gpt2|||é.bin")]
    [InlineData("GET /v2/models/gpt2/proof/3", "proof|gpt2|||3")]
    [InlineData("GET /v2/models/org/name:v1/proof/3", "proof|org/name|v1||3")]
    [InlineData("GET /v2/documents/models/org%2Fname:v1", "document|models|org/name:v1")]
    [InlineData("GET /v2/documents/models/org%252Fname", "document|models|org%2Fname")]
    [InlineData("PUT /v1/models/org/name/pin", "pin|org/name:v1")]
    [InlineData("PUT /v1/models/gpt2:v2/pin", "pin|gpt2:v2")]
    [InlineData("PUT /v1/models/org/name/aliases/prod", "alias|org/name|prod")]
    [InlineData("PUT /v1/models/name/aliases/prod", "alias|name|prod")]
    [InlineData("GET /v1/models/org/name:v1", "model|org/name|v1|")]
    [InlineData("GET http://localhost/v2/manifests/org%2Fname", "manifest|org/name||")]
    public async Task Route_IdOfOneOrTwoSegments_ReachesTheEndpoint(string request, string answer)
    {
        await using var host = await StartAsync();
        var received = await host.SendRawAsync(request, request.Contains("http://", StringComparison.Ordinal) ? ["Host: localhost"] : ["Content-Length: 0"]);
        Assert.Equal((200, answer), (received.Status, Unchunk(received)));
    }

    [Theory]
    [InlineData("/v2/manifests/org%252Fname", 400, "INVALID_REQUEST")]
    [InlineData("/v2/manifests/a/b/c", 404, "NOT_FOUND")]
    [InlineData("/v2/manifests/v1", 400, "INVALID_REQUEST")]
    [InlineData("/v2/manifests/a:b:c", 400, "INVALID_REQUEST")]
    [InlineData("/v2/manifests/a%0d%0ax", 400, "INVALID_REQUEST")]
    [InlineData("/v2/manifests/%E2%80%AEtxt", 400, "INVALID_REQUEST")]
    [InlineData("/v2/manifests/a%c0%ae", 400, "INVALID_REQUEST")]
    [InlineData("/v2/manifests/a%zz", 400, "INVALID_REQUEST")]
    [InlineData("/v2/manifests/a%2", 400, "INVALID_REQUEST")]
    [InlineData("/v2/models/gpt2/artifacts/../../../etc/passwd", 400, "SECURITY_VIOLATION")]
    [InlineData("/v2/models/gpt2/artifacts/%2e%2e/x", 400, "SECURITY_VIOLATION")]
    [InlineData("/v2/models/gpt2/artifacts/%2e%2e%2fx", 400, "SECURITY_VIOLATION")]
    [InlineData("/v2/models/gpt2/artifacts/a%2f..%2fx", 400, "SECURITY_VIOLATION")]
    [InlineData("/v2/models/gpt2/artifacts/..%5cx", 400, "SECURITY_VIOLATION")]
    [InlineData("/v2/models/gpt2/artifacts/a\\..\\x", 400, "SECURITY_VIOLATION")]
    [InlineData("/v2/models/gpt2/artifacts/./x", 400, "SECURITY_VIOLATION")]
    [InlineData("/v2/models/../manifests/x", 400, "SECURITY_VIOLATION")]
    [InlineData("//v2/manifests/x", 404, "NOT_FOUND")]
    [InlineData("/v2/models/gpt2/proof/x", 404, "NOT_FOUND")]
    [InlineData("/nothing", 404, "NOT_FOUND")]
    public async Task Route_HostilePath_AnswersAsTheTableSays(string path, int status, string code)
    {
        await using var host = await StartAsync();
        var received = await host.SendRawAsync($"GET {path}");
        Assert.Equal(status, received.Status);
        Assert.Contains($"\"code\":\"{code}\"", received.Text, StringComparison.Ordinal);
        Assert.Equal("application/problem+json", received.Headers["Content-Type"]);
    }

    [Fact]
    public async Task Route_PathWithNul_IsRefusedByTheServer()
    {
        await using var host = await StartAsync();
        Assert.Equal(400, (await host.SendRawAsync("GET /v2/manifests/a%00")).Status);
    }

    [Fact]
    public async Task Route_FiveThousandByteSegment_IsRefusedAsAnId()
    {
        await using var host = await StartAsync();
        var received = await host.SendRawAsync($"GET /v2/manifests/{new string('a', 5000)}");
        Assert.Equal(400, received.Status);
        Assert.Contains("\"errors\":{\"id\":", received.Text, StringComparison.Ordinal);
    }

    private static string Unchunk(RawAnswer answer)
    {
        if (!answer.Headers.ContainsKey("Transfer-Encoding"))
        {
            return answer.Text;
        }

        var lines = answer.Text.Split("\r\n");
        return lines[1];
    }
}
