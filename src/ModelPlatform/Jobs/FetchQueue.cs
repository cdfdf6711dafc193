using Hangfire;
using Hangfire.Common;
using Hangfire.States;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace ModelPlatform.Jobs;

/// <summary>Hands jobs to Hangfire. What Hangfire holds is only a call to <see cref="FetchJobRunner.RunAsync"/>: a second one for the same job does nothing.</summary>
internal sealed partial class FetchQueue(IBackgroundJobClient hangfire, JobStorage storage, IConnectionMultiplexer redis, FetchJobStore store, TimeProvider time, ILogger<FetchQueue> logger)
{
    /// <summary>Queues a job server looks into, in this order.</summary>
    public static readonly string[] Queues = ["high", "normal", "low"];

    /// <summary>Lets a queued job be taken, now or when its time comes.</summary>
    public async Task EnqueueAsync(string jobId, FetchPriority priority, DateTimeOffset? dueAt)
    {
        var queue = priority switch { FetchPriority.High => Queues[0], FetchPriority.Low => Queues[2], _ => Queues[1] };
        var call = Job.FromExpression<FetchJobRunner>(runner => runner.RunAsync(jobId, CancellationToken.None), queue);
        IState state = dueAt is { } due && due > time.GetUtcNow() ? new ScheduledState(due.UtcDateTime) : new EnqueuedState(queue);
        if (hangfire.Create(call, state) is { } hangfireId)
        {
            await store.NoteHangfireIdAsync(jobId, hangfireId);
        }
    }

    /// <summary>The same for a record that is safely stored: if it fails, the sweep of the job servers does it.</summary>
    public async Task TryEnqueueAsync(string jobId, FetchPriority priority, DateTimeOffset? dueAt)
    {
        try
        {
            await EnqueueAsync(jobId, priority, dueAt);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or BackgroundJobClientException)
        {
            LogLeftToSweep(exception, jobId);
        }
    }

    /// <summary>Of queued jobs, those that Hangfire does not hold in a queue or on its calendar at this moment.</summary>
    /// <remarks>
    /// A job whose server died between taking it out of its queue and running it still calls itself enqueued: so the queues themselves are looked at. But a job that was taken a
    /// moment ago and is about to run looks the same, and one that just moves from the calendar into its queue as well: only who is missing twice is forgotten.
    /// </remarks>
    public async Task<IReadOnlyList<FetchJobRecord>> FindMissingAsync(IReadOnlyList<FetchJobRecord> queued)
    {
        if (queued.Count == 0)
        {
            return [];
        }

        var waiting = new HashSet<string>(StringComparer.Ordinal);
        foreach (var queue in Queues)
        {
            waiting.UnionWith((await redis.GetDatabase().ListRangeAsync($"{JobsRegistration.HangfirePrefix}queue:{queue}")).Select(id => (string)id!));
        }

        using var connection = storage.GetConnection();
        return [.. queued.Where(job => job.HangfireId is null || (!waiting.Contains(job.HangfireId) && !IsScheduled(connection.GetJobData(job.HangfireId)?.State)))];
    }

    private static bool IsScheduled(string? state) => state == ScheduledState.StateName || state == AwaitingState.StateName;

    [LoggerMessage(3131, LogLevel.Warning, "Job {JobId} is stored but not yet queued; the next sweep queues it")]
    private partial void LogLeftToSweep(Exception exception, string jobId);
}
