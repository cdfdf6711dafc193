using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ModelPlatform.Events;
using ModelPlatform.Jobs.Webhooks;
using ModelPlatform.Sources;
using StackExchange.Redis;
using Field = ModelPlatform.Jobs.FetchJobFields;

namespace ModelPlatform.Jobs;

/// <summary>Runs in every job server: takes fetches over whose runner died, and queues jobs that Hangfire does not know. Several at once do no harm.</summary>
internal sealed partial class FetchJobSweep(
    FetchJobStore store, FetchQueue queue, WorkerControl control, RunningFetches running, FetchJobEnding ending, WebhookOutbox webhooks, IOptions<ModelFetchOptions> options, TimeProvider time, ILogger<FetchJobSweep> logger)
    : BackgroundService
{
    /// <summary>How often a server may die over one job without a chunk of progress before the job is held to be the cause.</summary>
    private const int DeadliestTakeovers = 5;
    private const int Batch = 200;
    private static readonly TimeSpan LeasePace = TimeSpan.FromSeconds(2);

    /// <summary>Leases run on while Redis is away and nobody can renew them: afterwards their owners come first.</summary>
    private static readonly TimeSpan OwnersFirst = TimeSpan.FromSeconds(6);

    /// <summary>Longer than it takes from a queue of Hangfire to the runner.</summary>
    private static readonly TimeSpan HandOver = TimeSpan.FromSeconds(1);

    /// <summary>Queued jobs that Hangfire did not seem to hold when they were looked for, with their fence then.</summary>
    private readonly Dictionary<string, (long Fence, long SeenAt)> missing = new(StringComparer.Ordinal);
    private DateTimeOffset reachedAt, takesOverFrom;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await running.ListenAsync();
            await control.ListenAsync(stoppingToken);
            await control.RefreshAsync(stoppingToken);
            LogStarted();
            LogPace((long)options.Value.PollInterval.TotalMilliseconds, options.Value.MaxConcurrent);
            var pace = options.Value.PollInterval < LeasePace ? options.Value.PollInterval : LeasePace;
            using var timer = new PeriodicTimer(pace, time);
            var lookedAt = DateTimeOffset.MinValue;
            do
            {
                var looks = time.GetUtcNow() - lookedAt >= options.Value.PollInterval - pace / 2;
                await SweepAsync(looks, stoppingToken);
                lookedAt = looks ? time.GetUtcNow() : lookedAt;
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await control.LeaveAsync().WaitAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or OperationCanceledException)
        {
            LogRedisAway(exception.Message);
        }
    }

    private async Task SweepAsync(bool looksForOverdue, CancellationToken stopping)
    {
        try
        {
            await control.RefreshAsync(stopping);
            if (HaveOwnersHadTheirTurn())
            {
                await TakeOverAsync(stopping);
            }

            if (looksForOverdue)
            {
                await webhooks.SweepAsync();
            }

            if (control.IsEnabled)
            {
                await QueueMissingAsync(stopping);
                if (looksForOverdue)
                {
                    await LookForOverdueAsync();
                }
            }
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or Hangfire.BackgroundJobClientException)
        {
            LogRedisAway(exception.Message);
        }
    }

    /// <summary>A gap between two sweeps that reached this point means that Redis, or this process, was away.</summary>
    private bool HaveOwnersHadTheirTurn()
    {
        var now = time.GetUtcNow();
        if (now - reachedAt > LeasePace * 2)
        {
            takesOverFrom = now + OwnersFirst;
        }

        reachedAt = now;
        return now >= takesOverFrom;
    }

    private async Task TakeOverAsync(CancellationToken stopping)
    {
        foreach (var status in (FetchStatus[])[FetchStatus.Downloading, FetchStatus.Processing])
        {
            foreach (var id in await store.ListIdsAsync(status))
            {
                stopping.ThrowIfCancellationRequested();
                if (await store.HasLeaseAsync(id) || await store.ReadAsync(id) is not { } job || job.Status != status)
                {
                    continue;
                }

                if (job.Takeovers >= DeadliestTakeovers)
                {
                    var error = new PlatformError(ErrorCode.InternalError, $"Its job server died {job.Takeovers + 1} times over this fetch without progress.");
                    await ending.FailAsync(job, [job.EndAttempt(time.GetUtcNow(), error.Code.WireName())], error, stopping);
                }
                else if (await store.MoveAsync(job, FetchStatus.Queued, new FetchJobMove(EventTypes.JobQueued)
                {
                    OnlyWithoutLease = true,
                    Fields = [job.EndAttempt(time.GetUtcNow()), new(Field.Takeovers, job.Takeovers + 1)],
                    EventData = new() { ["reason"] = "its runner stopped without a word" },
                }))
                {
                    await queue.TryEnqueueAsync(id, job.Request.Priority, null);
                    JobTelemetry.CountTakeover();
                    LogTakenOver(id);
                }
            }
        }
    }

    /// <summary>Queues what was missing a while ago and still is.</summary>
    private async Task QueueMissingAsync(CancellationToken stopping)
    {
        var ripe = missing.Where(entry => time.GetElapsedTime(entry.Value.SeenAt) >= HandOver).ToDictionary(entry => entry.Key, entry => entry.Value.Fence);
        if (ripe.Count == 0)
        {
            return;
        }

        var suspects = await store.ReadManyAsync(ripe.Keys);
        foreach (var job in await queue.FindMissingAsync([.. suspects.Where(job => IsDue(job) && job.Fence == ripe[job.Id])]))
        {
            stopping.ThrowIfCancellationRequested();
            await queue.EnqueueAsync(job.Id, job.Request.Priority, null);
            LogQueuedAgain(job.Id);
        }

        foreach (var id in ripe.Keys)
        {
            missing.Remove(id);
        }
    }

    private async Task LookForOverdueAsync()
    {
        var overdue = await store.ReadManyAsync(await store.ListOverdueAsync(Batch));
        foreach (var job in await queue.FindMissingAsync([.. overdue.Where(IsDue)]))
        {
            missing.TryAdd(job.Id, (job.Fence, time.GetTimestamp()));
        }

        foreach (var job in overdue)
        {
            await store.LookAgainAsync(job.Id);
        }
    }

    private bool IsDue(FetchJobRecord job) => job.Status == FetchStatus.Queued && job.DueAt <= time.GetUtcNow();
}
