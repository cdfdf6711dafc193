using Hangfire;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ModelPlatform.Chunks.Housekeeping;
using ModelPlatform.Jobs.Tracking;
using StackExchange.Redis;

namespace ModelPlatform.Jobs;

/// <summary>Puts what is done again and again on Hangfire's calendar; all job servers write the same entries.</summary>
internal sealed partial class RecurringWork(IRecurringJobManager calendar, IOptions<JobOptions> options, ILogger<RecurringWork> logger) : BackgroundService
{
    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                calendar.AddOrUpdate<BranchTracking>("follow-branches", tracking => tracking.RunAsync(CancellationToken.None), options.Value.TrackSchedule);
                calendar.AddOrUpdate<IGarbageCollector>("collect-garbage", collector => collector.CollectAsync(false, CancellationToken.None), options.Value.CollectSchedule);
                calendar.AddOrUpdate<IScrubber>("verify-storage", scrubber => scrubber.VerifyAsync(CancellationToken.None), options.Value.VerifySchedule);
                calendar.AddOrUpdate<JobRetention>("forget-old-jobs", retention => retention.RunAsync(CancellationToken.None), options.Value.ForgetSchedule);
                return;
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                LogRedisAway(exception.Message);
                await Task.Delay(BetweenTries, stoppingToken);
            }
        }
    }

    [LoggerMessage(3151, LogLevel.Warning, "Recurring work waits: Redis does not answer ({Reason})")]
    private partial void LogRedisAway(string reason);
}
