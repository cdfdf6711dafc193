using Microsoft.Extensions.Configuration;
using ModelPlatform.Plugins.Tests.Host;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Tests.IpfsGateway;

public sealed class IpfsInHostTests(IpfsFixture ipfs) : IClassFixture<IpfsFixture>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task BuiltPlugin_InTheHost_InspectsAndDownloadsWithItsOwnAssemblies()
    {
        await ipfs.BehaveAsync();
        await using var host = await RunningHost.StartAsync((builtIn, _) => BuiltPlugin.CopyTo(builtIn, "IpfsGateway"),
            configure: builder => builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["Sources:IpfsGateway:Gateways:0"] = ipfs.Urls[0], ["Sources:IpfsGateway:Mode"] = "car",
            }));

        var inspection = (await host.InspectAsync("ipfs", $"ipfs://{ipfs["v1"]}?filename=model.gguf")).Value;

        Assert.Equal("gguf", inspection.Framework);
        Assert.True(host.Catalog.TryAcquire("ipfs", out var lease));
        using (lease)
        {
            await using var content = (await lease.Source.OpenAsync(Assert.Single(inspection.Variants[0].Files), new SourceRange(4_000_000), Stop)).Value;
            using var bytes = new MemoryStream();
            await content.Body.CopyToAsync(bytes, Stop);
            Assert.Equal(IpfsFixture.Bytes(5_000_123, 2)[4_000_000..], bytes.ToArray());
        }
    }

    [Theory]
    [InlineData("raw")]
    [InlineData("car")]
    public async Task Fetch_OneGatewayLiesAndOneLosesBlocks_EndsWithEveryByteProven(string mode)
    {
        await ipfs.BehaveAsync(new { wrong = new[] { ipfs["narrow-leaf"] } }, new { missing = new[] { ipfs["narrow-leaf"] }, cut = 3_000_000 });
        await using var host = await FetchingHost.StartAsync("IpfsGateway", new()
        {
            ["Sources:IpfsGateway:Gateways:0"] = ipfs.Urls[0], ["Sources:IpfsGateway:Gateways:1"] = ipfs.Urls[1], ["Sources:IpfsGateway:Gateways:2"] = ipfs.Urls[2],
            ["Sources:IpfsGateway:Mode"] = mode,
        });

        var result = await host.FetchAsync("ipfs", new SourceReference($"{ipfs["narrow"]}?filename=model.gguf"));

        Assert.True(result.IsSuccess, result.Error?.Message);
        Assert.Equal(IpfsFixture.Bytes(9_000_001, 3), await host.ReadAsync(Assert.Single(result.Value.Files)));
        Assert.NotEmpty(await ipfs.LogAsync(2));
    }

    [Fact]
    public async Task Fetch_Directory_BringsEveryFile()
    {
        await ipfs.BehaveAsync();
        await using var host = await FetchingHost.StartAsync("IpfsGateway", new() { ["Sources:IpfsGateway:Gateways:0"] = ipfs.Urls[0] });

        var result = await host.FetchAsync("ipfs", new SourceReference($"ipfs://{ipfs["dir-v1"]}"));

        Assert.True(result.IsSuccess, result.Error?.Message);
        Assert.Equal("onnx", result.Value.Framework);
        Assert.Equal(IpfsFixture.Bytes(2_500_000, 7), await host.ReadAsync(result.Value.Files[0]));
        Assert.Equal(4, result.Value.Files.Count);
    }
}
