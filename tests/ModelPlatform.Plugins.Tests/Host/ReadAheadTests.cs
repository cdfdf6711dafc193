using Microsoft.Extensions.DependencyInjection;
using ModelPlatform.Plugins.Tests.IpfsGateway;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Tests.Host;

/// <summary>What plugins hold of bodies nobody has read yet is a part of <c>Fetch:MemoryBudget</c>.</summary>
public sealed class ReadAheadTests(IpfsFixture ipfs) : IClassFixture<IpfsFixture>
{
    private const int Chunk = 5 * 1024 * 1024;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(160L * 1024 * 1024, 20L * 1024 * 1024)]
    [InlineData(4L * Chunk, 0L)]
    public void Of_Buffers_AnEighthWhereTheFetchesCanSpareIt(long budget, long expected)
    {
        var pool = ReadAheadPool.Of(budget, Chunk);
        Assert.Equal(expected, pool.Size);
        Assert.Equal(expected > 0, pool.TryTake(expected / 2 + 1));
        Assert.False(pool.TryTake(expected / 2 + 1));
        Assert.False(pool.TryTake(-5));
    }

    [Theory]
    [InlineData("160")]
    [InlineData("20")]
    public async Task Open_IpfsFile_ReadsAheadWithinTheBudgetAndGivesItBack(string mebibytes)
    {
        await ipfs.BehaveAsync();
        await using var host = await FetchingHost.StartAsync("IpfsGateway", new()
        {
            ["Sources:IpfsGateway:Gateways:0"] = ipfs.Urls[0], ["Sources:IpfsGateway:Mode"] = "raw", ["Fetch:MemoryBudget"] = $"{long.Parse(mebibytes) * 1024 * 1024}",
        });
        var pool = host.Services.GetRequiredService<ReadAheadPool>();
        Assert.True(host.Services.GetRequiredService<ISourceCatalog>().TryAcquire("ipfs", out var lease));
        using (lease)
        {
            var file = (await lease.Source.InspectAsync(new SourceReference($"{ipfs["narrow"]}?filename=model.gguf"), Stop)).Value.Variants[0].Files[0];
            await using (var content = (await lease.Source.OpenAsync(file, default, Stop)).Value)
            {
                await content.Body.ReadExactlyAsync(new byte[100_000], Stop);

                // Something of it is taken, where there is anything to take; all of it can be asked for again once the body has ended.
                Assert.Equal(pool.Size == 0, pool.TryTake(pool.Size) && GiveBack(pool));
            }

            var left = pool.TryTake(pool.Size);
            for (var i = 0; i < 200 && !left; i++)
            {
                await Task.Delay(50, Stop);
                left = pool.TryTake(pool.Size);
            }

            Assert.True(left, "Memory was not given back.");
            pool.Return(pool.Size);
        }
    }

    private static bool GiveBack(ReadAheadPool pool)
    {
        pool.Return(pool.Size);
        return true;
    }
}
