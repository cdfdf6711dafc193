using ModelPlatform.FunctionalTests.Platform;
using StackExchange.Redis;

namespace ModelPlatform.FunctionalTests.Hosting;

/// <summary>What DESIGN.md promises of the AppHost as a whole.</summary>
public sealed class AppHostTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Kill9_OfTheAppHost_LeavesNoProcessAfterTenSeconds()
    {
        await using var platform = await RunningPlatform.StartAsync(cancellationToken: Token);
        var before = platform.Descendants();
        Assert.True(before.Count >= 7, "Guard, Redis, Azurite, API, job server, model host and dashboard were expected.");

        await platform.KillAppHostAsync();

        await Task.Delay(TimeSpan.FromSeconds(10), Token);
        Assert.DoesNotContain(before, RunningPlatform.IsAlive);

        // And the same directory starts again.
        await platform.StartAgainAsync(Token);
    }

    [Fact]
    public async Task Kill9_OfTheGuardThenOfTheAppHost_LeavesNoProcessEither()
    {
        await using var platform = await RunningPlatform.StartAsync(cancellationToken: Token);
        var guardFile = Path.Combine(platform.Data, "redis.guard");
        var first = int.Parse(await File.ReadAllTextAsync(guardFile, Token));
        System.Diagnostics.Process.GetProcessById(first).Kill();
        while (int.Parse(await File.ReadAllTextAsync(guardFile, Token)) == first)
        {
            await Task.Delay(50, Token);
        }

        var before = platform.Descendants();
        await platform.KillAppHostAsync();

        await Task.Delay(TimeSpan.FromSeconds(10), Token);
        Assert.DoesNotContain(before, RunningPlatform.IsAlive);
    }

    [Fact]
    public async Task Terminate_StopsEverythingWithin15Seconds()
    {
        await using var platform = await RunningPlatform.StartAsync(cancellationToken: Token);
        var before = platform.Descendants();

        var elapsed = await platform.StopAsync(Token);

        Assert.InRange(elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(15));
        Assert.Equal(0, platform.ExitCode);
        Assert.DoesNotContain(before, RunningPlatform.IsAlive);
    }

    [Theory]
    [InlineData("api")]
    [InlineData("jobs")]
    [InlineData("modelhost")]
    [InlineData("dashboard")]
    [InlineData("redis")]
    [InlineData("storage")]
    public async Task Kill9_OfOneProcess_IsStartedAgainAndThePlatformIsReadyAgain(string name)
    {
        await using var platform = await RunningPlatform.StartAsync(cancellationToken: Token);
        var old = platform.Children[name];

        platform.KillChild(name);

        await platform.WaitForReplacementAsync(name, old, Token);
        await WaitForHealthAsync(platform);
    }

    [Fact]
    public async Task Redis_Kill9_KeepsWhatItAcknowledged()
    {
        await using var platform = await RunningPlatform.StartAsync(cancellationToken: Token);
        var port = int.Parse(platform.Log.Split('\n').First(line => line.StartsWith("[redis] process", StringComparison.Ordinal)).Split(' ')[^1]);
        var password = System.Text.Json.JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(platform.Data, "redis", "garnet.conf"), Token)).RootElement.GetProperty("Password").GetString();
        var options = ConfigurationOptions.Parse($"127.0.0.1:{port},password={password},abortConnect=false");
        await using (var redis = await ConnectionMultiplexer.ConnectAsync(options))
        {
            for (var i = 0; i < 200; i++)
            {
                await redis.GetDatabase().ListRightPushAsync("test:kept", i);
            }
        }

        var old = platform.Children["redis"];
        platform.KillChild("redis");
        await platform.WaitForReplacementAsync("redis", old, Token);
        await WaitForHealthAsync(platform);

        await using var again = await ConnectionMultiplexer.ConnectAsync(options);
        Assert.Equal(Enumerable.Range(0, 200), (await again.GetDatabase().ListRangeAsync("test:kept")).Select(value => (int)value));
    }

    [Fact]
    public async Task Redis_WithoutItsPassword_DoesNotAnswer()
    {
        await using var platform = await RunningPlatform.StartAsync(cancellationToken: Token);
        var port = int.Parse(platform.Log.Split('\n').First(line => line.StartsWith("[redis] process", StringComparison.Ordinal)).Split(' ')[^1]);

        var connect = async () => await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{port},connectTimeout=2000");

        await Assert.ThrowsAsync<RedisConnectionException>(connect);
    }

    [Fact]
    public async Task StoreFileSystem_StartsNoAzurite()
    {
        await using var platform = await RunningPlatform.StartAsync(new PlatformOptions { Arguments = ["--store", "filesystem"] }, Token);

        Assert.DoesNotContain("storage", platform.Children.Keys);
        await WaitForHealthAsync(platform);
    }

    [Fact]
    public async Task RedisServer_AskedFor_RunsInPlaceOfGarnet()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, "redis-server"))), "redis-server is not installed");
        await using var platform = await RunningPlatform.StartAsync(new PlatformOptions { Arguments = ["--store", "filesystem", "--redis", "redis-server"] }, Token);

        Assert.Contains("redis-server", await File.ReadAllTextAsync($"/proc/{platform.Children["redis"]}/cmdline", Token));
        await WaitForHealthAsync(platform);
    }

    [Fact]
    public async Task TwoCopies_SideBySide_AreBothReady()
    {
        var both = await Task.WhenAll(RunningPlatform.StartAsync(cancellationToken: Token), RunningPlatform.StartAsync(cancellationToken: Token));
        await using var one = both[0];
        await using var other = both[1];

        await WaitForHealthAsync(one);
        await WaitForHealthAsync(other);
        Assert.Empty(one.Children.Values.Intersect(other.Children.Values));
    }

    [Fact]
    public async Task JobServers_Two_RunBoth()
    {
        await using var platform = await RunningPlatform.StartAsync(new PlatformOptions { Arguments = ["--store", "filesystem", "--job-servers", "2"] }, Token);

        Assert.Contains("jobs-1", platform.Children.Keys);
        Assert.Contains("jobs-2", platform.Children.Keys);
    }

    private static async Task WaitForHealthAsync(RunningPlatform platform)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (true)
        {
            try
            {
                using var api = await platform.Api.GetAsync("/health", limit.Token);
                using var dashboard = await platform.Api.GetAsync($"http://localhost:{platform.DashboardPort}/health", limit.Token);
                if (api.IsSuccessStatusCode && dashboard.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // It is being started again.
            }

            await Task.Delay(100, limit.Token);
        }
    }
}
