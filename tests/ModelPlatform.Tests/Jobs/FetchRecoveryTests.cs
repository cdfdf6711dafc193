using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using ModelPlatform.Events;
using ModelPlatform.Fetching;
using ModelPlatform.Integrity;
using ModelPlatform.Jobs;
using ModelPlatform.Sources;
using ModelPlatform.Tests.Stores;
using StackExchange.Redis;

namespace ModelPlatform.Tests.Jobs;

public sealed class FetchRecoveryTests(GarnetFixture fixture) : IClassFixture<GarnetFixture>
{
    private readonly GarnetServer garnet = fixture.Server;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RunAsync_LeaseLapsed_AnotherRunnerTakesOverAndTheFirstIsFenced()
    {
        var fenced = new TaskCompletionSource();
        var second = new TaskCompletionSource();
        var engine = new ScriptedEngine(async (_, call, journal, _, token) =>
        {
            if (call > 1)
            {
                var kept = await journal.ReadChunksAsync(0, token);
                Assert.Equal(7, Assert.Single(kept).Length);
                second.SetResult();
                return null;
            }

            await journal.AppendAsync(0, [new JournaledChunk(3, Sha256Digest.Of([1]), 7, 0)], token);
            // Deaf to cancellation, as a process that was stopped and continued is.
            await second.Task;
            await Assert.ThrowsAsync<StaleLeaseException>(async () => await journal.AppendAsync(0, [new JournaledChunk(4, Sha256Digest.Of([2]), 7, 0)], CancellationToken.None));
            fenced.SetResult();
            return null;
        });
        var registry = new MemoryRegistry();
        await using var server = await JobServerHost.StartAsync(garnet, engine, registry);
        await using var other = await JobServerHost.StartAsync(garnet, engine, registry);
        var ticket = (await server.Jobs.CreateAsync(JobServerHost.Request("taken-over"), Token)).Value;
        await server.UntilAsync(ticket.JobId!, job => job.Status == FetchStatus.Downloading);
        await using var redis = await garnet.ConnectAsync();

        for (var i = 0; i < 200 && !second.Task.IsCompleted; i++)
        {
            await redis.GetDatabase().KeyDeleteAsync($"mp:job:{ticket.JobId}:lease");
            await Task.Delay(50, Token);
        }

        await fenced.Task.WaitAsync(TimeSpan.FromSeconds(20), Token);
        var job = await server.UntilAsync(ticket.JobId!, job => job.Status == FetchStatus.Completed);
        Assert.Equal(1, registry.Publications);
        Assert.Equal(2, job.Attempts.Count);
        await using var connection = await garnet.ConnectAsync();
        Assert.False(await connection.GetDatabase().KeyExistsAsync($"mp:job:{ticket.JobId}:chunks:0"));
    }

    [Fact]
    public async Task StopAsync_FetchRuns_JobGoesBackToTheQueueAndAnotherServerGoesOn()
    {
        var engine = new ScriptedEngine(async (_, call, _, _, token) =>
        {
            if (call == 1)
            {
                await Task.Delay(Timeout.Infinite, token);
            }

            return null;
        });
        var registry = new MemoryRegistry();
        var first = await JobServerHost.StartAsync(garnet, engine, registry);
        await using var api = await JobServerHost.StartAsync(garnet, engine, registry, runsJobs: false);
        var ticket = (await api.Jobs.CreateAsync(JobServerHost.Request("handed-on"), Token)).Value;
        await api.UntilAsync(ticket.JobId!, job => job.Status == FetchStatus.Downloading);

        await first.DisposeAsync();

        Assert.Equal(FetchStatus.Queued, (await api.Jobs.FindAsync(ticket.JobId!, Token))!.Status);
        await using var second = await JobServerHost.StartAsync(garnet, engine, registry);
        await api.UntilAsync(ticket.JobId!, job => job.Status == FetchStatus.Completed);
        Assert.Equal(2, engine.Calls("handed-on"));
        Assert.Equal(0, engine.Doubled);
    }

    [Fact]
    public async Task Sweep_HangfireForgotTheJob_QueuesItAgain()
    {
        await using var api = await JobServerHost.StartAsync(garnet, ScriptedEngine.Instant, new MemoryRegistry(), runsJobs: false);
        var ticket = (await api.Jobs.CreateAsync(JobServerHost.Request("forgotten"), Token)).Value;
        await using var redis = await garnet.ConnectAsync();
        // As if the API had died between storing the record and telling Hangfire.
        Assert.True(await redis.GetDatabase().KeyDeleteAsync("{hangfire}:queue:normal"));

        await using var server = await JobServerHost.StartAsync(garnet, ScriptedEngine.Instant, new MemoryRegistry(), settings: [("MODEL_FETCH_POLL_INTERVAL", "1000")]);

        await api.UntilAsync(ticket.JobId!, job => job.Status == FetchStatus.Completed);
    }

    [Fact]
    public async Task RunAsync_ServersDieOverItAgainAndAgain_Fails()
    {
        var engine = new ScriptedEngine(async (_, _, _, _, token) => { await Task.Delay(Timeout.Infinite, token); return null; });
        await using var server = await JobServerHost.StartAsync(garnet, engine, new MemoryRegistry());
        var ticket = (await server.Jobs.CreateAsync(JobServerHost.Request("deadly"), Token)).Value;
        await server.UntilAsync(ticket.JobId!, job => job.Status == FetchStatus.Downloading);
        await using var redis = await garnet.ConnectAsync();
        await redis.GetDatabase().HashSetAsync($"mp:job:{ticket.JobId}", "takeovers", 5);

        var job = await server.UntilAsync(ticket.JobId!, job =>
        {
            redis.GetDatabase().KeyDelete($"mp:job:{ticket.JobId}:lease");
            return job.Status == FetchStatus.Failed;
        });

        Assert.Equal("INTERNAL_ERROR", job.ErrorCode);
    }

    [Fact]
    public async Task Redis_KilledWhileJobsRun_NothingAcceptedIsLostAndDownloadsGoOn()
    {
        await using var own = await GarnetServer.StartNewAsync(Token);
        var away = new TaskCompletionSource();
        var back = new TaskCompletionSource();
        var calls = new ConcurrentDictionary<string, int>();
        var engine = new ScriptedEngine(async (request, _, journal, _, token) =>
        {
            calls.AddOrUpdate(request.Model.Name, 1, (_, count) => count + 1);
            await journal.AppendAsync(0, [new JournaledChunk(0, Sha256Digest.Of([1]), 7, 0)], token);
            await away.Task.WaitAsync(token);
            await journal.AppendAsync(0, [new JournaledChunk(1, Sha256Digest.Of([2]), 7, 0)], token);
            await back.Task.WaitAsync(token);
            await journal.AppendAsync(0, [new JournaledChunk(2, Sha256Digest.Of([3]), 7, 0)], token);
            Assert.Equal([0, 1, 2], (await journal.ReadChunksAsync(0, token)).Select(chunk => chunk.Index).Order());
            return null;
        });
        await using var server = await JobServerHost.StartAsync(own, engine, new MemoryRegistry());
        var accepted = new List<string>();
        for (var i = 0; i < 10; i++)
        {
            accepted.Add((await server.Jobs.CreateAsync(JobServerHost.Request($"kept-{i}"), Token)).Value.JobId!);
        }

        await server.UntilAsync(accepted[0], job => job.Status == FetchStatus.Downloading);
        await own.KillAsync();
        away.SetResult();
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => server.Jobs.CreateAsync(JobServerHost.Request("while-away"), Token));
        Assert.True(refused is RedisException or TimeoutException, refused.ToString());
        await Task.Delay(500, Token);
        await own.StartAsync(Token);
        back.SetResult();

        foreach (var id in accepted)
        {
            await server.UntilAsync(id, job => job.Status == FetchStatus.Completed);
        }

        Assert.Equal(0, engine.Doubled);
        Assert.All(calls.Where(call => call.Key is "kept-0" or "kept-1" or "kept-2"), call => Assert.Equal(1, call.Value));
    }

    [Fact]
    public async Task RunAsync_ManyReportsASecond_AreWrittenAtMostFourTimesAndNeverFall()
    {
        var engine = new ScriptedEngine(async (_, call, _, progress, token) =>
        {
            progress.Planned(new FetchTotals("onnx", "abc", 100_000, 1000, [("a", 100_000)], []));
            var until = call == 1 ? 500 : 1000;
            for (var i = 0; i < until; i++)
            {
                progress.BytesReceived(100);
                progress.ChunkVerified(new VerifiedChunk(0, "a", i, 100, Reused: call == 2 && i < 500, 0));
                await Task.Delay(3, token);
            }

            return call == 1 ? new PlatformError(ErrorCode.ConnectionFailed, "Broke.") : null;
        });
        await using var server = await JobServerHost.StartAsync(garnet, engine, new MemoryRegistry());
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var shown = new ConcurrentQueue<PlatformEvent>();
        var before = await server.Events.ReadLastIdAsync(Token);
        var listening = Task.Run(async () =>
        {
            await foreach (var happened in server.Events.WatchAsync(EventFilter.All, before, ended.Token))
            {
                shown.Enqueue(happened);
            }
        }, Token);

        var ticket = (await server.Jobs.CreateAsync(JobServerHost.Request("watched"), Token)).Value;
        var seen = new List<FetchJob>();
        var job = await server.UntilAsync(ticket.JobId!, job =>
        {
            // The registry of this test publishes a model without files: its size is no part of the download.
            if (job.Status != FetchStatus.Completed)
            {
                seen.Add(job);
            }

            return job.Status == FetchStatus.Completed;
        });

        Assert.Equal(seen.Select(each => each.DownloadedBytes).Order(), seen.Select(each => each.DownloadedBytes));
        Assert.True(seen.Count(each => each.Status == FetchStatus.Downloading && each.BytesPerSecond > 0) > 3);
        Assert.Equal((1000, 500, 100), (job.ChunksVerified, job.ChunksReused, job.Progress));
        await ended.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => listening);
        var progress = shown.Where(happened => happened.JobId == ticket.JobId && happened.Type == EventTypes.DownloadProgress).ToArray();
        Assert.True(progress.Length >= 4);
        Assert.All(progress.Zip(progress.Skip(1)), pair => Assert.True(pair.Second.Time - pair.First.Time > TimeSpan.FromMilliseconds(150)));
        string[] types = [.. shown.Where(happened => happened.JobId == ticket.JobId && happened.Id is not null).Select(happened => happened.Type)];
        Assert.Equal([EventTypes.JobQueued, EventTypes.DownloadStart, EventTypes.JobRetry, EventTypes.DownloadStart, EventTypes.DownloadComplete, EventTypes.JobCompleted], types);
    }

    [Fact]
    public async Task RunAsync_SomethingElseAboutTheJobIsWrittenAllTheTime_StillRunsOnce()
    {
        var engine = new ScriptedEngine(async (_, _, journal, progress, token) =>
        {
            for (var i = 0; i < 20; i++)
            {
                await journal.AppendAsync(0, [new JournaledChunk(i, Sha256Digest.Of([1]), 7, 0)], token);
                progress.ChunkVerified(new VerifiedChunk(0, "a", i, 7, false, 0));
                await Task.Delay(20, token);
            }

            return null;
        });
        await using var server = await JobServerHost.StartAsync(garnet, engine, new MemoryRegistry());
        await using var redis = await garnet.ConnectAsync();
        for (var n = 0; n < 5; n++)
        {
            var ticket = (await server.Jobs.CreateAsync(JobServerHost.Request($"disturbed-{n}"), Token)).Value;
            using var ended = new CancellationTokenSource();
            var disturbing = Task.Run(async () =>
            {
                while (!ended.IsCancellationRequested)
                {
                    await redis.GetDatabase().HashSetAsync($"mp:job:{ticket.JobId}", "disturbance", 1);
                }
            }, Token);

            var job = await server.UntilAsync(ticket.JobId!, job => job.Status == FetchStatus.Completed);
            await ended.CancelAsync();
            await disturbing;
            Assert.Single(job.Attempts);
            Assert.Equal(1, engine.Calls($"disturbed-{n}"));
        }
    }

    [Fact]
    public async Task GetAsync_HostAskedToWait_IsShownByEveryProcess()
    {
        await using var one = await JobServerHost.StartAsync(garnet, ScriptedEngine.Instant, new MemoryRegistry(), runsJobs: false);
        await using var other = await JobServerHost.StartAsync(garnet, ScriptedEngine.Instant, new MemoryRegistry(), runsJobs: false);

        await one.Services.GetRequiredService<Plugins.Outbound.IHostWaits>().KeepAsync("hub.test", TimeSpan.FromMinutes(5), Token);

        var wait = Assert.Single((await other.Control.GetAsync(Token)).RateLimitedSources);
        Assert.Equal("hub.test", wait.Host);
        Assert.True(wait.Until > TimeProvider.System.GetUtcNow().AddMinutes(4));
    }

    [Fact]
    public async Task Sweep_ManyJobsWaitLongerThanTheyAreTrusted_QueuesNoneOfThemAgain()
    {
        // Each is looked at again and again while Hangfire takes it out of its queue and hands it to a runner.
        var engine = new ScriptedEngine(async (_, _, _, _, token) => { await Task.Delay(20, token); return null; });
        var log = new CountingLog("is queued again");
        await using var server = await JobServerHost.StartAsync(garnet, engine, new MemoryRegistry(), log: log, settings: [("MODEL_FETCH_POLL_INTERVAL", "20"), ("MODEL_FETCH_MAX_CONCURRENT", "2")]);
        await server.Control.SetAsync(false, Token);
        var prefix = $"many-{Guid.NewGuid():N}"[..12];
        var ids = new List<string>();
        for (var i = 0; i < 300; i++)
        {
            ids.Add((await server.Jobs.CreateAsync(JobServerHost.Request($"{prefix}-{i}"), Token)).Value.JobId!);
        }

        await using var redis = await garnet.ConnectAsync();
        foreach (var id in ids)
        {
            // As if they had waited since long.
            await redis.GetDatabase().SortedSetUpdateAsync("mp:jobs:queued", id, 0, SortedSetWhen.Exists);
        }

        await server.Control.SetAsync(true, Token);
        foreach (var id in ids)
        {
            await server.UntilAsync(id, job =>
            {
                redis.GetDatabase().SortedSetUpdate("mp:jobs:queued", id, 0, SortedSetWhen.Exists);
                return job.Status == FetchStatus.Completed;
            });
        }

        Assert.Equal(0, log.Count);
        Assert.All(ids.Select((_, i) => engine.Calls($"{prefix}-{i}")), calls => Assert.Equal(1, calls));
    }

    [Fact]
    public async Task RunAsync_RunnerSleepsWhileProcessing_AnotherFinishesAndNobodyMayActOnItMeanwhile()
    {
        var held = new TaskCompletionSource();
        var publishing = 0;
        var registry = new MemoryRegistry { BeforeFence = () => Interlocked.Increment(ref publishing) == 1 ? held.Task : Task.CompletedTask };
        var server = await JobServerHost.StartAsync(garnet, ScriptedEngine.Instant, registry);
        await using var other = await JobServerHost.StartAsync(garnet, ScriptedEngine.Instant, registry);
        var ticket = (await server.Jobs.CreateAsync(JobServerHost.Request("asleep"), Token)).Value;
        await server.UntilAsync(ticket.JobId!, job => job.Status == FetchStatus.Processing);
        foreach (var action in Enum.GetValues<FetchAction>())
        {
            var refused = await server.Jobs.ActAsync(ticket.JobId!, action, Token);
            Assert.Equal(ErrorCode.InvalidState, refused.Error!.Code);
            Assert.EndsWith("(current status: processing)", refused.Error.Message, StringComparison.Ordinal);
        }

        await using var redis = await garnet.ConnectAsync();
        await server.UntilAsync(ticket.JobId!, job =>
        {
            redis.GetDatabase().KeyDelete($"mp:job:{ticket.JobId}:lease");
            return job.Status == FetchStatus.Completed;
        });
        held.SetResult();

        Assert.True(publishing >= 2);
        await server.DisposeAsync();
        Assert.Equal(1, registry.Publications);
        Assert.Equal(FetchStatus.Completed, (await other.Jobs.FindAsync(ticket.JobId!, Token))!.Status);
    }

    [Fact]
    public async Task Redis_AwayForLongerThanALease_TheRunnerKeepsItsJob()
    {
        await using var own = await GarnetServer.StartNewAsync(Token);
        var released = new TaskCompletionSource();
        var engine = new ScriptedEngine(async (_, _, _, _, token) => { await released.Task.WaitAsync(token); return null; });
        var registry = new MemoryRegistry();
        await using var one = await JobServerHost.StartAsync(own, engine, registry);
        await using var other = await JobServerHost.StartAsync(own, engine, registry);
        var ticket = (await one.Jobs.CreateAsync(JobServerHost.Request("patient"), Token)).Value;
        await one.UntilAsync(ticket.JobId!, job => job.Status == FetchStatus.Downloading);
        await own.KillAsync();
        await Task.Delay(FetchLease.TimeToLive + TimeSpan.FromSeconds(1), Token);
        await own.StartAsync(Token);

        await using var redis = await own.ConnectAsync();
        var began = TimeProvider.System.GetTimestamp();
        while (!await redis.GetDatabase().KeyExistsAsync($"mp:job:{ticket.JobId}:lease") || TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(4))
        {
            await Task.Delay(50, Token);
        }

        released.SetResult();
        var job = await one.UntilAsync(ticket.JobId!, job => job.Status == FetchStatus.Completed);
        Assert.Equal((1, 1), (engine.Calls("patient"), job.Attempts.Count));
    }
}
