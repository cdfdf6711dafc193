using ModelPlatform.Client.Connection;

namespace ModelPlatform.Dashboard.Tests.Loading;

public sealed class ModelCacheTests : IAsyncLifetime
{
    private const int Size = 5 * FaultyRegistry.ChunkSize;
    private readonly string folder = Directory.CreateTempSubdirectory("cache-").FullName;
    private FaultyRegistry registry = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        registry = await FaultyRegistry.StartAsync();
        foreach (var number in Enumerable.Range(0, 8))
        {
            registry.Publish($"m{number}:v1", ($"m{number}.onnx", FaultyRegistry.Bytes(Size)));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await registry.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Load_MoreThanTheLimit_RemovesTheLeastRecentlyUsedAndStaysBelowItCountingEverything()
    {
        const long limit = (3 * Size) + 100_000;
        using var loader = registry.Loader(folder, options => options.MaxCacheSize = limit);
        for (var number = 0; number < 8; number++)
        {
            Assert.True((await loader.LoadAsync($"m{number}:v1", null, Cancellation)).IsSuccess);
            loader.Unload($"m{number}:v1");
            if (number == 2)
            {
                // Used again, so that it is no longer the oldest.
                await Task.Delay(20, Cancellation);
                await loader.LoadAsync("m0:v1", null, Cancellation);
                loader.Unload("m0:v1");
            }

            Assert.InRange(new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length), 1, limit);
            Assert.InRange(loader.GetCacheStats().TotalSize, 1, limit);
            if (number == 3)
            {
                Assert.Equal(["m0:v1", "m2:v1", "m3:v1"], loader.GetCacheStats().Models.Select(model => model.Id).Order());
            }

            await Task.Delay(20, Cancellation);
        }

        Assert.Equal(["m5:v1", "m6:v1", "m7:v1"], loader.GetCacheStats().Models.Select(model => model.Id));
    }

    [Fact]
    public async Task Load_WhatIsThereIsInUse_IsRefusedRatherThanTakenAway()
    {
        using var other = registry.Loader(folder);
        var held = (await other.LoadAsync("m0:v1", null, Cancellation)).Value;
        using var loader = registry.Loader(folder, options => options.MaxCacheSize = Size + 50_000);

        Assert.Equal(ProblemCode.DiskFull, (await loader.LoadAsync("m1:v1", null, Cancellation)).Problem?.Code);
        Assert.True(File.Exists(held.PathOf()));
        other.Unload("m0:v1");
        Assert.True((await loader.LoadAsync("m1:v1", null, Cancellation)).IsSuccess);
        Assert.Equal("m1:v1", Assert.Single(loader.GetCacheStats().Models).Id);
    }

    [Fact]
    public async Task Load_LargerThanTheLimit_RemovesNothingForIt()
    {
        using var loader = registry.Loader(folder);
        await loader.LoadAsync("m0:v1", null, Cancellation);
        loader.Unload("m0:v1");
        using var small = registry.Loader(folder, options => options.MaxCacheSize = Size - 1);

        Assert.Equal(ProblemCode.DiskFull, (await small.LoadAsync("m1:v1", null, Cancellation)).Problem?.Code);
        Assert.Equal(1, loader.GetCacheStats().ModelCount);
    }

    [Fact]
    public async Task ClearCacheAsync_AfterLoads_LeavesNothingAndForgetsWhatWasLoaded()
    {
        using var loader = registry.Loader(folder);
        var first = (await loader.LoadAsync("m0:v1", null, Cancellation)).Value;

        Assert.True(await loader.ClearCacheAsync(Cancellation) >= Size);

        Assert.Equal((0, 0L), (loader.GetCacheStats().ModelCount, loader.GetCacheStats().TotalSize));
        Assert.NotSame(first, (await loader.LoadAsync("m0:v1", null, Cancellation)).Value);
    }
}
