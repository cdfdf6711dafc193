using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ModelPlatform.FunctionalTests.Platform;
using ModelPlatform.Plugins.Tests.HuggingFace;
using ModelPlatform.Plugins.Tests.IpfsGateway;

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
        await ipfs.BehaveAsync(new { missingAfter = 20 }, new { wrong = new[] { ipfs["narrow-leaf"] } });
        await using var platform = await RunningPlatform.StartAsync(new PlatformOptions
        {
            Arguments = ["--store", "filesystem"],
            Environment = new Dictionary<string, string>
            {
                ["HF_ENDPOINT"] = hub.Endpoint + "/", ["HF_TOKEN"] = FakeHub.GoodToken, ["Fetch__AllowedOrigins__0"] = hub.Storage, ["MODEL_FETCH_INITIAL_RETRY_DELAY"] = "100",
                ["Sources__IpfsGateway__Gateways__0"] = ipfs.Urls[0], ["Sources__IpfsGateway__Gateways__1"] = ipfs.Urls[1], ["Sources__IpfsGateway__Gateways__2"] = ipfs.Urls[2],
            },
        }, Stop);

        var inspection = (await platform.Api.GetFromJsonAsync<JsonObject>("/InspectModel?source=huggingface&sourceReference=org/tiny", Stop))!;
        Assert.Equal(("transformers", "tiny", 384), ((string?)inspection["framework"], (string?)inspection["suggestedModelName"], (int?)inspection["inferredMetadata"]!["hiddenSize"]));
        Assert.Equal(["fp32", "q8"], inspection["variants"]!.AsArray().Select(variant => (string?)variant!["name"]));

        var job = await FetchAsync(platform, new JsonObject { ["source"] = "huggingface", ["sourceReference"] = "hf://org/tiny", ["modelName"] = "tiny", ["variant"] = "quantized" });
        Assert.True((string?)job["status"] == "completed", job.ToJsonString() + platform.Log);
        Assert.Equal(hub.Models["org/tiny"].Commit, (string?)(await platform.Api.ManifestAsync("tiny:v1", Stop))["provenance"]!["source"]!["revision"]);
        Assert.Equal(weights, await platform.Api.GetByteArrayAsync("/v2/models/tiny:v1/artifacts/onnx/model_quantized.onnx", Stop));
        Assert.Equal("{}"u8.ToArray(), await platform.Api.GetByteArrayAsync("/v2/models/tiny:v1/artifacts/tokenizer.json", Stop));

        job = await FetchAsync(platform, new JsonObject { ["source"] = "ipfs", ["sourceReference"] = $"ipfs://{ipfs["narrow"]}?filename=model.gguf", ["modelName"] = "from-ipfs" });
        Assert.True((string?)job["status"] == "completed", job.ToJsonString() + platform.Log);
        Assert.Equal(IpfsFixture.Bytes(9_000_001, 3), await platform.Api.GetByteArrayAsync("/v2/models/from-ipfs:v1/artifacts/model.gguf", Stop));

        job = await FetchAsync(platform, new JsonObject { ["source"] = "huggingface", ["sourceReference"] = "org/nothing", ["modelName"] = "nothing" });
        Assert.Equal(("failed", "MODEL_NOT_FOUND"), ((string?)job["status"], (string?)job["errorCode"]));
        Assert.Contains("does not exist, or it is private", (string?)job["lastError"]);

        hub.Models["org/tiny"].EditTree = tree => tree[^1]!["path"] = "../x";
        job = await FetchAsync(platform, new JsonObject { ["source"] = "huggingface", ["sourceReference"] = "org/tiny", ["modelName"] = "hostile" });
        Assert.Equal(("failed", "SECURITY_VIOLATION"), ((string?)job["status"], (string?)job["errorCode"]));

        Assert.DoesNotContain(FakeHub.GoodToken, platform.Log);
        Assert.All(hub.Requests.Where(request => request.Server == "storage"), request => Assert.Null(request.Authorization));
    }

    private static async Task<JsonObject> FetchAsync(RunningPlatform platform, JsonObject request)
    {
        var (status, body) = await platform.Api.PostFetchAsync(request, Stop);
        Assert.True(status == 202, $"{status} {body.ToJsonString()}");
        return await platform.Api.WaitForEndAsync((string)body["jobId"]!, Stop);
    }
}
