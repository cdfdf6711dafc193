using Hangfire;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ModelPlatform.Chunks.Housekeeping;
using ModelPlatform.Jobs.Tracking;
using StackExchange.Redis;

namespace ModelPlatform.Jobs;

/// <summary>Puts what is done again and again on Hangfire's calendar; all job servers write the same entries.</summary>
internal sealed partial class RecurringWork(IRecurringJobManager calendar, IOptions<RecurringWorkOptions> options, ILogger<RecurringWork> logger) : BackgroundService
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

/// <summary>Settings <c>Jobs:*</c>: when recurring work is done, as cron expressions in UTC.</summary>
public sealed class RecurringWorkOptions
{
    /// <summary>When followed branches are asked for new revisions: every hour.</summary>
    public string TrackSchedule { get; set; } = "0 * * * *";

    /// <summary>When unreferenced chunks are collected: every six hours.</summary>
    public string CollectSchedule { get; set; } = "30 */6 * * *";

    /// <summary>When every stored chunk is verified: Sundays at three.</summary>
    public string VerifySchedule { get; set; } = "0 3 * * 0";
}
