using System.Text.Json.Nodes;
using ModelPlatform.Events;
using ModelPlatform.Tests.Jobs;
using ModelPlatform.Tests.Stores;

namespace ModelPlatform.Tests.Events;

public sealed class RedisEventLogTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static PlatformEvent Number(int i, string type = EventTypes.ModelPublished) => new(type, TimeProvider.System.GetUtcNow()) { ModelId = $"m:{i}", Data = new JsonObject { ["i"] = i } };

    [Fact]
    public async Task WatchAsync_AppendsFromTwoProcesses_EachOnceInOrderAlsoAfterReconnecting()
    {
        await using var garnet = await GarnetServer.StartNewAsync(Token);
        await using var one = await JobServerHost.StartAsync(garnet, ScriptedEngine.Instant, new MemoryRegistry(), runsJobs: false);
        await using var other = await JobServerHost.StartAsync(garnet, ScriptedEngine.Instant, new MemoryRegistry(), runsJobs: false);
        var writing = Task.WhenAll(
            Task.Run(async () => { for (var i = 0; i < 400; i++) { await one.Events.AppendAsync(Number(i), Token); } }, Token),
            Task.Run(async () => { for (var i = 400; i < 800; i++) { await other.Events.AppendAsync(Number(i), Token); } }, Token));

        // A listener that leaves after every 50 events and comes back with the last id it saw.
        var seen = new List<PlatformEvent>();
        long last = 0;
        while (seen.Count < 800)
        {
            await foreach (var happened in other.Events.WatchAsync(EventFilter.All, last, Token))
            {
                seen.Add(happened);
                last = happened.Id!.Value;
                if (seen.Count % 50 == 0)
                {
                    break;
                }
            }
        }

        await writing;
        Assert.Equal(Enumerable.Range(1, 800).Select(i => (long?)i), seen.Select(happened => happened.Id));
        Assert.Equal(Enumerable.Range(0, 800), seen.Select(happened => (int)happened.Data["i"]!).Order());
    }

    [Fact]
    public async Task AppendAsync_MoreThanTheHistoryKeeps_TrimsTheOldestAndIdsGoOn()
    {
        await using var garnet = await GarnetServer.StartNewAsync(Token);
        await using var server = await JobServerHost.StartAsync(garnet, ScriptedEngine.Instant, new MemoryRegistry(), runsJobs: false, settings: [("Events:History", "100")]);
        for (var i = 1; i <= 400; i++)
        {
            await server.Events.AppendAsync(Number(i), Token);
        }

        var kept = await server.Events.ReadAsync(EventFilter.All, 0, 1000, Token);

        Assert.InRange(kept.Count, 100, 150);
        Assert.Equal(400, kept[^1].Id);
        Assert.All(kept, happened => Assert.Equal(happened.Id, (long)happened.Data["i"]!));
        Assert.Equal([399, 400], (await server.Events.ReadAsync(EventFilter.All, 398, 1000, Token)).Select(happened => happened.Id!.Value));
    }

    [Fact]
    public async Task ReadAsync_Filters_ByTypeItsFirstWordAndModel()
    {
        await using var garnet = await GarnetServer.StartNewAsync(Token);
        await using var server = await JobServerHost.StartAsync(garnet, ScriptedEngine.Instant, new MemoryRegistry(), runsJobs: false);
        await server.Events.AppendAsync(Number(1), Token);
        await server.Events.AppendAsync(Number(2, EventTypes.ModelDeleted), Token);
        await server.Events.AppendAsync(Number(3, EventTypes.LoadStart), Token);

        async Task<IEnumerable<long?>> Ids(EventFilter filter) => (await server.Events.ReadAsync(filter, 0, 10, Token)).Select(happened => happened.Id);
        Assert.Equal([1, 2], await Ids(new EventFilter { Types = ["model"] }));
        Assert.Equal([2], await Ids(new EventFilter { Types = [EventTypes.ModelDeleted] }));
        Assert.Equal([3], await Ids(new EventFilter { Model = "m:3" }));
        Assert.Equal([1, 2, 3], await Ids(new EventFilter { Model = "m" }));
        Assert.Empty(await Ids(new EventFilter { JobId = "none" }));
    }
}
