using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ModelPlatform.Plugins.Outbound;
using ModelPlatform.Tests.Stores;
using StackExchange.Redis;

namespace ModelPlatform.Plugins.Tests.Host;

/// <summary>Two hosts on one real Garnet, as the API and a job server are.</summary>
public sealed class PluginBoardTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static Task<RunningHost> StartAsync(IConnectionMultiplexer redis, string name) => RunningHost.StartAsync(
        (builtIn, _) => new CompiledPlugin("Acme", "1.0.0").WriteTo(Path.Combine(builtIn, "Acme")),
        configure: builder =>
        {
            builder.Environment.ApplicationName = name;
            builder.Services.AddSingleton(redis);
        });

    [Fact]
    public async Task Commands_OnOneProcess_ReachAllAndShowThereState()
    {
        await using var garnet = await GarnetServer.StartNewAsync(Stop);
        await using var redis = await garnet.ConnectAsync();
        await using var api = await StartAsync(redis, "api");
        await using var jobs = await StartAsync(redis, "jobs");
        await UntilAsync(async () => (await api.Host.ListEverywhereAsync(Stop)).Count == 2);

        Assert.False(await api.Host.DisableAsync("Nobody", Stop));
        Assert.True(await api.Host.DisableAsync("ACME", Stop));
        Assert.False(jobs.Catalog.TryAcquire("test", out _));
        Assert.Equal(["api", "jobs"], (await api.Host.ListEverywhereAsync(Stop)).Where(status => status.State == PluginState.Disabled).Select(status => status.Process.Split('/')[0]));

        await using (var late = await StartAsync(redis, "late"))
        {
            Assert.Empty(late.Catalog.Names);
            Assert.True(await late.Host.EnableAsync("Acme", Stop));
            await UntilAsync(() => Task.FromResult(api.Catalog.Names.Count == 1 && jobs.Catalog.Names.Count == 1));
        }

        Assert.DoesNotContain(await api.Host.ListEverywhereAsync(Stop), status => status.Process.StartsWith("late", StringComparison.Ordinal));

        var before = jobs.Plugins.Loads;
        Assert.True(await api.Host.ReloadAsync("Acme", Stop));
        Assert.Equal(before + 1, jobs.Plugins.Loads);
    }

    [Fact]
    public async Task RedisAway_PluginsGoOn()
    {
        await using var garnet = await GarnetServer.StartNewAsync(Stop);
        await using var redis = await garnet.ConnectAsync();
        await using var api = await StartAsync(redis, "api");
        await garnet.KillAsync();
        Assert.True((await api.InspectAsync("test")).IsSuccess);
        Assert.Contains(await api.Host.ListEverywhereAsync(Stop), status => status.State == PluginState.Active);
        await using var started = await StartAsync(redis, "jobs");
        Assert.True((await started.InspectAsync("test")).IsSuccess);
    }

    [Fact]
    public async Task Waits_KeptByOneProcess_SeenByAnother()
    {
        await using var garnet = await GarnetServer.StartNewAsync(Stop);
        await using var redis = await garnet.ConnectAsync();
        var (one, other) = (new RedisHostWaits(redis, TimeProvider.System), new RedisHostWaits(redis, TimeProvider.System));
        Assert.Null(await other.GetAsync("hub.example", Stop));
        await one.KeepAsync("hub.example", TimeSpan.FromSeconds(50), Stop);
        await one.KeepAsync("hub.example", TimeSpan.FromSeconds(5), Stop);
        Assert.InRange((await other.GetAsync("hub.example", Stop))!.Value, TimeSpan.FromSeconds(40), TimeSpan.FromSeconds(50));
        Assert.Equal(["hub.example"], (await other.ListAsync(Stop)).Keys);
        await garnet.KillAsync();
        Assert.NotNull(await one.GetAsync("hub.example", Stop));
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        for (var i = 0; !await condition(); i++)
        {
            Assert.True(i < 300, "It never came to that.");
            await Task.Delay(50, Stop);
        }
    }
}
