using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using ModelPlatform.Plugins.Tests.Host;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Tests.HuggingFace;

public sealed class HuggingFaceInHostTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task BuiltPlugin_InTheHost_InspectsAndDownloads()
    {
        await using var hub = await new FakeHub().StartAsync();
        hub.Models["org/tiny"] = new FakeRepository { Gated = "auto" }.With("config.json", "{}").With("model.safetensors", FakeRepository.Bytes(200_000, 1));
        await using var host = await RunningHost.StartAsync((builtIn, _) => BuiltPlugin.CopyTo(builtIn, "HuggingFace"),
            configure: builder => builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["HF_ENDPOINT"] = hub.Endpoint, ["HF_TOKEN"] = FakeHub.GoodToken, ["Fetch:AllowedOrigins:0"] = hub.Storage,
            }));

        var inspection = (await host.InspectAsync("huggingface", "org/tiny")).Value;

        Assert.Equal(("safetensors", true), (inspection.Framework, inspection.IsGated));
        Assert.True(host.Catalog.TryAcquire("huggingface", out var lease));
        using (lease)
        {
            await using var content = (await lease.Source.OpenAsync(inspection.Variants[0].Files[0], new SourceRange(50_000), Stop)).Value;
            using var bytes = new MemoryStream();
            await content.Body.CopyToAsync(bytes, Stop);
            Assert.Equal(FakeRepository.Bytes(200_000, 1)[50_000..], bytes.ToArray());
        }
    }

    [Fact]
    public async Task Fetch_SignaturesExpireAndBodiesBreak_EndsWithEveryByteProven()
    {
        await using var hub = await new FakeHub().StartAsync();
        var weights = FakeRepository.Bytes(9_000_000, 1);
        hub.Models["org/tiny"] = new FakeRepository().With("README.md", "Tiny.").With("config.json", "{}").With("tokenizer.json", "{ }")
            .With("onnx/model.onnx", FakeRepository.Bytes(1000, 2)).With("onnx/model_quantized.onnx", weights);
        var breaks = 4;
        hub.InsteadOfStorage = async (context, bytes) =>
        {
            if (Interlocked.Decrement(ref breaks) < 0 || context.Request.GetTypedHeaders().Range?.Ranges.Single() is not { From: { } from })
            {
                return false;
            }

            var to = (int)Math.Min(context.Request.GetTypedHeaders().Range!.Ranges.Single().To ?? bytes.Length - 1, bytes.Length - 1);
            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = $"bytes {from}-{to}/{bytes.Length}";
            context.Response.ContentLength = to - from + 1;
            await context.Response.Body.WriteAsync(bytes.AsMemory((int)from, (to - (int)from + 1) / 3));
            hub.ExpiredSignatures = 1;
            return true;
        };
        await using var host = await FetchingHost.StartAsync("HuggingFace", new() { ["HF_ENDPOINT"] = hub.Endpoint, ["Fetch:AllowedOrigins:0"] = hub.Storage });

        var result = await host.FetchAsync("huggingface", new SourceReference("hf://org/tiny"), "quantized");

        Assert.True(result.IsSuccess, result.Error?.Message);
        Assert.Equal(("transformers", "q8", hub.Models["org/tiny"].Commit), (result.Value.Framework, result.Value.Variant.Name, result.Value.Inspection.Revision));
        Assert.Equal(["onnx/model_quantized.onnx", "config.json", "tokenizer.json"], result.Value.Files.Select(file => file.Path));
        Assert.Equal(weights, await host.ReadAsync(result.Value.Files[0]));
        Assert.True(breaks < 0);
        Assert.Contains(hub.Requests, request => request.Server == "storage" && request.Range is not null);
    }

    [Fact]
    public async Task Fetch_StorageSendsOtherBytes_FailsNamingTheFile()
    {
        await using var hub = await new FakeHub().StartAsync();
        hub.Models["org/tiny"] = new FakeRepository().With("model.safetensors", FakeRepository.Bytes(600_000, 1));
        hub.InsteadOfStorage = async (context, bytes) =>
        {
            var other = bytes.ToArray();
            other[400_000] ^= 1;
            await FakeHub.SendAsync(context, other, "\"s3\"");
            return true;
        };
        var expected = FakeRepository.Sha256(hub.Models["org/tiny"].Files["model.safetensors"].Bytes);
        await using var host = await FetchingHost.StartAsync("HuggingFace", new() { ["HF_ENDPOINT"] = hub.Endpoint, ["Fetch:AllowedOrigins:0"] = hub.Storage });

        var error = (await host.FetchAsync("huggingface", new SourceReference("org/tiny"))).Error!;

        Assert.Equal(ErrorCode.IntegrityFailed, error.Code);
        Assert.Contains("model.safetensors", error.Message);
        Assert.Contains(expected, error.Message);
    }

    [Fact]
    public async Task Fetch_SmallFileIsNotTheBlobTheListingNames_FailsNamingIt()
    {
        await using var hub = await new FakeHub().StartAsync();
        hub.Models["org/tiny"] = new FakeRepository().With("config.json", """{"hidden_size":384}""").With("model.safetensors", FakeRepository.Bytes(1000, 1));
        hub.Instead = async context =>
        {
            var isConfig = context.Request.Path.StartsWithSegments("/api/resolve-cache");
            if (isConfig)
            {
                await FakeHub.SendAsync(context, """{"hidden_size":385}"""u8.ToArray(), "\"other\"");
            }

            return isConfig;
        };
        await using var host = await FetchingHost.StartAsync("HuggingFace", new() { ["HF_ENDPOINT"] = hub.Endpoint, ["Fetch:AllowedOrigins:0"] = hub.Storage });

        var error = (await host.FetchAsync("huggingface", new SourceReference("org/tiny"))).Error!;

        Assert.Equal(ErrorCode.IntegrityFailed, error.Code);
        Assert.Contains("config.json", error.Message);
        Assert.Contains($"git blob {FakeRepository.Oid("""{"hidden_size":384}"""u8.ToArray())}", error.Message);
    }

    [Fact]
    public async Task BuiltPlugin_PointedAtThePlatformItself_IsShownAsMalfunctionedWithTheReason()
    {
        await using var host = await RunningHost.StartAsync((builtIn, _) => BuiltPlugin.CopyTo(builtIn, "HuggingFace"),
            configure: builder => builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["HF_ENDPOINT"] = "http://localhost:5100/hf" }));

        var status = Assert.Single(host.Plugins.List());

        Assert.Equal(PluginState.Malfunctioned, status.State);
        Assert.Contains("this platform's own address", status.Reason);
    }
}
