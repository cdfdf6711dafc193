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
    public async Task BuiltPlugin_PointedAtThePlatformItself_IsShownAsMalfunctionedWithTheReason()
    {
        await using var host = await RunningHost.StartAsync((builtIn, _) => BuiltPlugin.CopyTo(builtIn, "HuggingFace"),
            configure: builder => builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["HF_ENDPOINT"] = "http://localhost:5100/hf" }));

        var status = Assert.Single(host.Plugins.List());

        Assert.Equal(PluginState.Malfunctioned, status.State);
        Assert.Contains("this platform's own address", status.Reason);
    }
}
