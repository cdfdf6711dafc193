using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace ModelPlatform.Jobs;

/// <summary>A runner's hold on a job: renewed while it lives, lost the moment somebody else changes the owner.</summary>
internal sealed partial class FetchLease : IAsyncDisposable
{
    /// <summary>After a runner's death its job is free this much later; together with the sweep's pace that stays below 15 s.</summary>
    public static readonly TimeSpan TimeToLive = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(2.5);

    private readonly FetchJobStore store;
    private readonly string owner;
    private readonly ILogger logger;
    private readonly CancellationTokenSource lost = new();
    private readonly CancellationTokenSource ended = new();
    private readonly Task renewal;

    public FetchLease(FetchJobStore store, string jobId, long fence, string owner, TimeProvider time, ILogger logger)
    {
        (this.store, JobId, Fence, this.owner, this.logger) = (store, jobId, fence, owner, logger);
        renewal = RenewAsync(time);
    }

    public string JobId { get; }

    public long Fence { get; }

    /// <summary>Cancelled when the job is not this runner's any more.</summary>
    public CancellationToken Lost => lost.Token;

    /// <summary>Looks now whether the job is still this runner's.</summary>
    public async Task CheckAsync()
    {
        try
        {
            if (!await store.RenewLeaseAsync(JobId, Fence, new FetchLeaseTerm(owner, TimeToLive)))
            {
                await lost.CancelAsync();
            }
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            // Nobody can take the job over while Redis is away either. When it is back the fence decides.
            LogRedisAway(JobId, exception.Message);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await ended.CancelAsync();
        await renewal;
        lost.Dispose();
        ended.Dispose();
    }

    private async Task RenewAsync(TimeProvider time)
    {
        using var detail = JobTelemetry.StartDetail("renew leases");
        using var timer = new PeriodicTimer(RenewEvery, time);
        try
        {
            while (!lost.IsCancellationRequested && await timer.WaitForNextTickAsync(ended.Token))
            {
                await CheckAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The runner is done.
        }
    }

    [LoggerMessage(3121, LogLevel.Warning, "The lease of job {JobId} waits: Redis does not answer ({Reason})")]
    private partial void LogRedisAway(string jobId, string reason);
}
