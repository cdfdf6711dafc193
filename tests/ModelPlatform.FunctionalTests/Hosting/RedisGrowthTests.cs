using ModelPlatform.FunctionalTests.Platform;
using StackExchange.Redis;

namespace ModelPlatform.FunctionalTests.Hosting;

/// <summary>The Redis that local hosting starts: what it acknowledged survives kill -9, and what was overwritten doesn't fill the disk.</summary>
public sealed class RedisGrowthTests
{
    private const int Keys = 1000;
    private const int Rounds = 130;
    private static readonly byte[] Filling = new byte[8000];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Writes_MoreThanAGigabyteOverTheSameKeys_StayBoundedAndSurviveKill9()
    {
        await using var platform = await RunningPlatform.StartAsync(new PlatformOptions { Arguments = ["--store", "filesystem"] }, Token);
        var largest = 0L;
        for (var round = 0; round < Rounds; round++)
        {
            await using (var redis = await ConnectAsync(platform))
            {
                var database = redis.GetDatabase();
                var value = Value(round);
                var writes = Enumerable.Range(0, Keys).Select(key => database.StringSetAsync($"growth:{key}", value)).Append(database.HashSetAsync("growth:rounds", round, round));
                await Task.WhenAll(writes).WaitAsync(Token);
            }

            largest = Math.Max(largest, Size(platform));
            if (round % (Rounds / 2) == Rounds / 3)
            {
                // The round is acknowledged: all of it has to be there afterwards.
                var old = platform.Children["redis"];
                platform.KillChild("redis");
                await platform.WaitForReplacementAsync("redis", old, Token);
                await AssertRoundAsync(platform, round);
            }
        }

        await AssertRoundAsync(platform, Rounds - 1);
        TestContext.Current.TestOutputHelper?.WriteLine($"{(long)Rounds * Keys * Filling.Length / 1_000_000} MB written, at most {largest / 1_000_000} MB on disk");
        Assert.True(largest < 700_000_000, $"{largest} bytes on disk");
    }

    /// <summary>Segments of another size would make another log of it: whoever began with large ones keeps them.</summary>
    [Fact]
    public async Task DataOfAnEarlierVersion_WithoutTheMarker_IsReadAsItWasWritten()
    {
        await using var platform = await RunningPlatform.StartAsync(new PlatformOptions { Arguments = ["--store", "filesystem"] }, Token);
        await platform.StopAsync(Token);
        Directory.Delete(Path.Combine(platform.Data, "redis"), recursive: true);
        Directory.CreateDirectory(Path.Combine(platform.Data, "redis", "AOF"));
        await platform.StartAgainAsync(Token);
        for (var round = 0; round < 10; round++)
        {
            await using var redis = await ConnectAsync(platform);
            var (database, value) = (redis.GetDatabase(), Value(round));
            await Task.WhenAll(Enumerable.Range(0, Keys).Select(key => database.StringSetAsync($"growth:{key}", value)).Append(database.HashSetAsync("growth:rounds", round, round))).WaitAsync(Token);
        }

        var old = platform.Children["redis"];
        platform.KillChild("redis");
        await platform.WaitForReplacementAsync("redis", old, Token);

        await AssertRoundAsync(platform, 9);
        Assert.Empty(Directory.GetFiles(Path.Combine(platform.Data, "redis"), "garnet-segments*"));
    }

    private static byte[] Value(int round)
    {
        // Lengths vary, so that nothing is overwritten in place.
        var value = Filling.AsSpan(0, Filling.Length - (round % 7 * 16)).ToArray();
        BitConverter.TryWriteBytes(value, round);
        return value;
    }

    private static async Task AssertRoundAsync(RunningPlatform platform, int round)
    {
        await using var redis = await ConnectAsync(platform);
        var database = redis.GetDatabase();
        var values = await Task.WhenAll(Enumerable.Range(0, Keys).Select(key => database.StringGetAsync($"growth:{key}"))).WaitAsync(Token);
        Assert.All(values, value => Assert.Equal(round, value.IsNull ? -1 : BitConverter.ToInt32((byte[])value!)));
        Assert.Equal(round + 1, await database.HashLengthAsync("growth:rounds"));
    }

    private static async Task<ConnectionMultiplexer> ConnectAsync(RunningPlatform platform)
    {
        var password = File.ReadAllText(Path.Combine(platform.Data, "redis", "garnet.conf")).Split("\"Password\": \"")[1].Split('"')[0];
        var options = new ConfigurationOptions { EndPoints = { { "127.0.0.1", platform.Ports["redis"] } }, Password = password, AbortOnConnectFail = false, AsyncTimeout = 60_000, ConnectRetry = 20 };
        var redis = await ConnectionMultiplexer.ConnectAsync(options);
        while (!redis.IsConnected)
        {
            await Task.Delay(50, Token);
        }

        return redis;
    }

    private static long Size(RunningPlatform platform) =>
        new DirectoryInfo(Path.Combine(platform.Data, "redis")).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Exists ? file.Length : 0);
}
