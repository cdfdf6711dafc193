using ModelPlatform.Client.Connection;

namespace ModelPlatform.Dashboard.Tests.Loading;

public sealed class PullTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("pull-").FullName;
    private readonly byte[] weights = FaultyRegistry.Bytes((FaultyRegistry.ChunkSize * 4) + 1_000);
    private FaultyRegistry registry = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Target => Path.Combine(folder, "out", "onnx", "a.onnx");

    public async ValueTask InitializeAsync()
    {
        registry = await FaultyRegistry.StartAsync();
        registry.Publish("m:v1", ("onnx/a.onnx", weights));
    }

    public async ValueTask DisposeAsync()
    {
        await registry.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task PullAsync_WholeModel_IsThereAloneAndAgainCostsNothing()
    {
        await PullAsync();
        var sent = registry.Sent;
        await PullAsync();

        Assert.Equal(sent, registry.Sent);
        Assert.Equal([Target], Directory.GetFiles(Path.Combine(folder, "out"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task PullAsync_OverAFileThatRotted_RepairsTheChunkAlone()
    {
        await PullAsync();
        var rotten = (byte[])weights.Clone();
        rotten[FaultyRegistry.ChunkSize] ^= 1;
        await File.WriteAllBytesAsync(Target, rotten, Cancellation);
        var sent = registry.Sent;

        await PullAsync();

        Assert.Equal(FaultyRegistry.ChunkSize, registry.Sent - sent);
    }

    [Fact]
    public async Task PullAsync_AfterAFailure_GoesOnFromWhatIsProven()
    {
        registry.Flips = (_, offset) => offset == FaultyRegistry.ChunkSize * 3;
        using (var loader = registry.Loader(Path.Combine(folder, "cache"), options => options.Connections = 1))
        {
            Assert.Equal(ProblemCode.IntegrityFailed, (await loader.PullAsync("m", Path.Combine(folder, "out"), null, Cancellation)).Problem?.Code);
        }

        Assert.False(File.Exists(Target));
        registry.Flips = (_, _) => false;
        var sent = registry.Sent;
        await PullAsync();

        Assert.Equal(weights.Length - (FaultyRegistry.ChunkSize * 3), registry.Sent - sent);
    }

    [Fact]
    public async Task PullAsync_ModelInTheCache_IsCopiedFromThere()
    {
        using (var loader = registry.Loader(Path.Combine(folder, "cache")))
        {
            await loader.LoadAsync("m:v1", null, Cancellation);
        }

        var sent = registry.Sent;
        await PullAsync();

        Assert.Equal(sent, registry.Sent);
    }

    private async Task PullAsync()
    {
        using var loader = registry.Loader(Path.Combine(folder, "cache"));
        Assert.Null((await loader.PullAsync("m", Path.Combine(folder, "out"), null, Cancellation)).Problem);
        Assert.Equal(weights, await File.ReadAllBytesAsync(Target, Cancellation));
    }
}
