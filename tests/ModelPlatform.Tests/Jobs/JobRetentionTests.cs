using Hangfire;
using Microsoft.Extensions.DependencyInjection;
using ModelPlatform.Jobs;
using ModelPlatform.Registry;
using ModelPlatform.Sources;
using ModelPlatform.Tests.Stores;

namespace ModelPlatform.Tests.Jobs;

public sealed class JobRetentionTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RunAsync_MoreEndedJobsThanAreKept_ForgetsTheOldestAndNothingAlive()
    {
        await using var garnet = await GarnetServer.StartNewAsync(Token);
        var engine = new ScriptedEngine((request, _, _, _, _) => Task.FromResult(request.Model.Name == "bad" ? new PlatformError(ErrorCode.ModelNotFound, "No.") : null));
        await using var server = await JobServerHost.StartAsync(garnet, engine, new MemoryRegistry(), settings: [("Jobs:Kept", "100"), ("MODEL_FETCH_MAX_CONCURRENT", "8")]);
        var waiting = (await server.Jobs.CreateAsync(JobServerHost.Request("waiting") with { ScheduledAt = TimeProvider.System.GetUtcNow().AddDays(1) }, Token)).Value.JobId!;
        var ids = new List<string>();
        for (var i = 0; i < 130; i++)
        {
            ids.Add((await server.Jobs.CreateAsync(JobServerHost.Request(i % 10 == 0 ? "bad" : "good") with { Model = new ModelId(i % 10 == 0 ? "bad" : "good", $"v{i}") }, Token)).Value.JobId!);
        }

        foreach (var id in ids)
        {
            await server.UntilAsync(id, job => job.Status is FetchStatus.Completed or FetchStatus.Failed);
        }

        await server.Services.GetRequiredService<JobRetention>().RunAsync(Token);

        var kept = (await server.Jobs.ListAsync(null, null, 1000, Token)).Select(job => job.Id).ToHashSet();
        Assert.Equal(101, kept.Count);
        Assert.Contains(waiting, kept);
        Assert.Equal(ids[30..].Append(waiting).ToHashSet(), kept);
        await using var redis = await garnet.ConnectAsync();
        foreach (var key in new[] { $"mp:job:{ids[0]}", $"mp:job:{ids[0]}:plan", $"mp:job:{ids[0]}:files" })
        {
            Assert.False(await redis.GetDatabase().KeyExistsAsync(key));
        }

        Assert.Equal(90, await redis.GetDatabase().SortedSetLengthAsync("mp:jobs:model:good"));
        // Hangfire's own records of calls that have ended go by themselves.
        Assert.Equal(TimeSpan.FromHours(1), server.Services.GetRequiredService<JobStorage>().JobExpirationTimeout);
        var succeeded = (await redis.GetDatabase().ListRangeAsync("{hangfire}:succeeded"))[0];
        Assert.InRange((await redis.GetDatabase().KeyTimeToLiveAsync($"{{hangfire}}:job:{succeeded}"))!.Value, TimeSpan.Zero, TimeSpan.FromHours(1));
    }
}
