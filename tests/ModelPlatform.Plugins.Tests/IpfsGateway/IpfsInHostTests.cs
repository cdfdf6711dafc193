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
}
