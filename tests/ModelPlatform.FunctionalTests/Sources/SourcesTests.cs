using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using ModelPlatform.FunctionalTests.Platform;
using ModelPlatform.Plugins.Tests.HuggingFace;
using ModelPlatform.Plugins.Tests.IpfsGateway;
using ModelPlatform.Plugins.Tests.Outbound;

namespace ModelPlatform.FunctionalTests.Sources;

/// <summary>The Hugging Face and IPFS sources through the whole platform: API, job server, stores, against a Hub and gateways on this machine.</summary>
public sealed class SourcesTests(IpfsFixture ipfs) : IClassFixture<IpfsFixture>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Fetch_FromAHubAndFromGateways_GivesEveryByteAndTellsWhatFails()
    {
        await using var hub = await new FakeHub { Prefix = "/hf" }.StartAsync();
        var weights = FakeRepository.Bytes(12_000_000, 1);
        hub.Models["org/tiny"] = new FakeRepository { Gated = "auto" }.With("README.md", "# Tiny\n\nA tiny model.").With("config.json", """{"hidden_size":384}""").With("tokenizer.json", "{}")
            .With("onnx/model.onnx", FakeRepository.Bytes(500_000, 2)).With("onnx/model_quantized.onnx", weights);
        using var certificate = SelfSigned();
        await using var plain = await TestOrigin.StartAsync(context => context.Response.Body.WriteAsync(weights, 0, weights.Length));
        await using var secure = await TestOrigin.StartAsync(
            context =>
            {
                if (context.Request.Path == "/down.onnx")
                {
                    context.Response.Redirect(plain.At("/down.onnx").ToString());
                    return Task.CompletedTask;
                }

                context.Response.ContentLength = 1000;
                return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(weights, 0, 1000);
            },
            certificate);
        var authority = Path.Combine(Path.GetTempPath(), $"mp-{Guid.NewGuid():n}.pem");
        await File.WriteAllTextAsync(authority, certificate.ExportCertificatePem(), Stop);
        await ipfs.BehaveAsync(new { missingAfter = 20 }, new { wrong = new[] { ipfs["narrow-leaf"] } });
        await using var platform = await RunningPlatform.StartAsync(new PlatformOptions
        {
            Arguments = ["--store", "filesystem"],
            Environment = new Dictionary<string, string>
            {
                ["HF_ENDPOINT"] = hub.Endpoint + "/", ["HF_TOKEN"] = FakeHub.GoodToken, ["Fetch__AllowedOrigins__0"] = hub.Storage, ["Fetch__AllowedOrigins__1"] = secure.Origin, ["Fetch__AllowedOrigins__2"] = plain.Origin, ["SSL_CERT_FILE"] = authority, ["MODEL_FETCH_INITIAL_RETRY_DELAY"] = "100",
                ["Sources__IpfsGateway__Gateways__0"] = ipfs.Urls[0], ["Sources__IpfsGateway__Gateways__1"] = ipfs.Urls[1], ["Sources__IpfsGateway__Gateways__2"] = ipfs.Urls[2],
            },
        }, Stop);

        var inspection = (await platform.Api.GetFromJsonAsync<JsonObject>("/InspectModel?source=huggingface&sourceReference=org/tiny", Stop))!;
        Assert.Equal(("transformers", "tiny", 384), ((string?)inspection["framework"], (string?)inspection["suggestedModelName"], (int?)inspection["inferredMetadata"]!["hiddenSize"]));
        Assert.Equal(["fp32", "q8"], inspection["variants"]!.AsArray().Select(variant => (string?)variant!["name"]));

        Assert.All(inspection["variants"]!.AsArray(), variant => Assert.Equal("available", (string?)variant!["status"]));

        var job = await FetchAsync(platform, new JsonObject { ["source"] = "huggingface", ["sourceReference"] = "org/tiny", ["modelName"] = "tiny", ["variant"] = "quantized" });
        Assert.True((string?)job["status"] == "completed", job.ToJsonString() + platform.Log);
        Assert.Equal(hub.Models["org/tiny"].Commit, (string?)(await platform.Api.ManifestAsync("tiny:v1", Stop))["provenance"]!["source"]!["revision"]);
        Assert.Equal(weights, await platform.Api.GetByteArrayAsync("/v2/models/tiny:v1/artifacts/onnx/model_quantized.onnx", Stop));
        Assert.Equal("{}"u8.ToArray(), await platform.Api.GetByteArrayAsync("/v2/models/tiny:v1/artifacts/tokenizer.json", Stop));

        inspection = (await platform.Api.GetFromJsonAsync<JsonObject>("/InspectModel?source=huggingface&sourceReference=org/tiny", Stop))!;
        Assert.Equal(["fp32 available", "q8 downloaded"], inspection["variants"]!.AsArray().Select(variant => $"{variant!["name"]} {variant["status"]}"));

        job = await FetchAsync(platform, new JsonObject { ["source"] = "ipfs", ["sourceReference"] = $"ipfs://{ipfs["narrow"]}?filename=model.gguf", ["modelName"] = "from-ipfs" });
        Assert.True((string?)job["status"] == "completed", job.ToJsonString() + platform.Log);
        Assert.Equal(IpfsFixture.Bytes(9_000_001, 3), await platform.Api.GetByteArrayAsync("/v2/models/from-ipfs:v1/artifacts/model.gguf", Stop));

        job = await FetchAsync(platform, new JsonObject { ["source"] = "huggingface", ["sourceReference"] = "org/nothing", ["modelName"] = "nothing" });
        Assert.Equal(("failed", "MODEL_NOT_FOUND"), ((string?)job["status"], (string?)job["errorCode"]));
        Assert.Contains("does not exist, or it is private", (string?)job["lastError"]);

        hub.Models["org/tiny"].EditTree = tree => tree[^1]!["path"] = "../x";
        job = await FetchAsync(platform, new JsonObject { ["source"] = "huggingface", ["sourceReference"] = "org/tiny", ["modelName"] = "hostile" });
        Assert.Equal(("failed", "SECURITY_VIOLATION"), ((string?)job["status"], (string?)job["errorCode"]));

        // Over TLS that the machine trusts a file is fetched; where it leads down to plain http, it is not, although both origins are allowed.
        job = await FetchAsync(platform, new JsonObject { ["source"] = "url", ["sourceReference"] = secure.At("/model.onnx").ToString(), ["modelName"] = "secure" });
        Assert.True((string?)job["status"] == "completed", job.ToJsonString() + platform.Log);
        job = await FetchAsync(platform, new JsonObject { ["source"] = "url", ["sourceReference"] = secure.At("/down.onnx").ToString(), ["modelName"] = "down" });
        Assert.Equal(("failed", "SECURITY_VIOLATION"), ((string?)job["status"], (string?)job["errorCode"]));
        Assert.Contains("https", (string?)job["lastError"]);
        File.Delete(authority);

        // The job server is told to wait: the API, another process, does not ask either.
        hub.Instead = async context =>
        {
            context.Response.Headers["RateLimit"] = "\"api\";r=0;t=55";
            await FakeHub.FailAsync(context, 429, null, "Too many requests");
            return true;
        };
        var asked = hub.Requests.Count;
        var (_, queued) = await platform.Api.PostFetchAsync(new JsonObject { ["source"] = "huggingface", ["sourceReference"] = "org/tiny", ["modelName"] = "later", ["modelVersion"] = "v9" }, Stop);
        for (var i = 0; i < 600 && (await platform.Api.TryGetJobAsync((string)queued["jobId"]!, Stop))?["lastError"] is null; i++)
        {
            await Task.Delay(50, Stop);
        }

        Assert.Equal(asked + 1, hub.Requests.Count);
        using var refused = await platform.Api.GetAsync("/InspectModel?source=huggingface&sourceReference=org/tiny", Stop);
        var problem = (await refused.Content.ReadFromJsonAsync<JsonObject>(Stop))!;
        Assert.Equal((429, "RATE_LIMITED", true), ((int)refused.StatusCode, (string?)problem["code"], (bool?)problem["retryable"]));
        Assert.InRange((int)problem["retryAfterSeconds"]!, 1, 56);
        Assert.Equal(asked + 1, hub.Requests.Count);
        Assert.DoesNotContain(FakeHub.GoodToken, platform.Log);
        Assert.All(hub.Requests.Where(request => request.Server == "storage"), request => Assert.Null(request.Authorization));
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null);
    }

    private static async Task<JsonObject> FetchAsync(RunningPlatform platform, JsonObject request)
    {
        var (status, body) = await platform.Api.PostFetchAsync(request, Stop);
        Assert.True(status == 202, $"{status} {body.ToJsonString()}");
        return await platform.Api.WaitForEndAsync((string)body["jobId"]!, Stop);
    }
}
