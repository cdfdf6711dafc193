using Microsoft.Extensions.DependencyInjection;
using ModelPlatform.Events;
using ModelPlatform.Tests.Jobs;
using ModelPlatform.Tests.Stores;

namespace ModelPlatform.Tests.Events;

public sealed class EventRaiserTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Raise_RedisIsAway_ReturnsAtOnceAndAppendsInOrderWhenItIsBack()
    {
        await using var garnet = await GarnetServer.StartNewAsync(Token);
        await using var server = await JobServerHost.StartAsync(garnet, ScriptedEngine.Instant, new MemoryRegistry(), runsJobs: false);
        var raiser = server.Services.GetRequiredService<IEventRaiser>();
        await garnet.KillAsync();

        for (var i = 1; i <= 5; i++)
        {
            raiser.Raise(EventTypes.ModelPublished, $"m:{i}", []);
        }

        await garnet.StartAsync(Token);
        var seen = new List<string?>();
        await foreach (var happened in server.Events.WatchAsync(EventFilter.All, 0, Token))
        {
            seen.Add(happened.ModelId);
            if (seen.Count == 5)
            {
                break;
            }
        }

        Assert.Equal(["m:1", "m:2", "m:3", "m:4", "m:5"], seen);
    }
}
