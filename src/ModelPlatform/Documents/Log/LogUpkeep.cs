using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ModelPlatform.Documents.Replication;
using ModelPlatform.Sources;

namespace ModelPlatform.Documents.Log;

/// <summary>Looks after the log: reads what other processes wrote, makes sure that the store kept what it acknowledged, compacts, and forgets old removals.</summary>
internal sealed partial class LogUpkeep(DocumentLog log, IOptions<DocumentOptions> options, TimeProvider time, ILogger<LogUpkeep> logger) : BackgroundService
{
    private const int MostRecords = 4096;
    private const long MostBytes = 32L * 1024 * 1024;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StoreNeeds = TimeSpan.FromSeconds(15);

    /// <summary>Removals older than this are dropped. Whole hours, so that all sites drop the same at nearly the same time.</summary>
    public static HybridTime Horizon(DateTimeOffset now, TimeSpan horizon)
    {
        var since = now - horizon;
        return HybridTime.Of(new DateTimeOffset(since.Ticks - (since.Ticks % TimeSpan.TicksPerHour), TimeSpan.Zero));
    }

    /// <summary>Drops removals older than the horizon.</summary>
    public static Task<int> ForgetAsync(DocumentLog log, HybridTime before, CancellationToken cancellationToken) => log.ChangeAsync(draft =>
    {
        var old = Enumerable.Range(0, MapDigest.Buckets).SelectMany(draft.Map.InBucket).Where(cell => cell.State.Value is null && cell.State.Time < before).Select(cell => cell.State.Key).ToList();
        old.ForEach(draft.Forget);
        return old.Count;
    }, cancellationToken);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var forgotten = default(HybridTime);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await log.SettleAsync(StoreNeeds, stoppingToken);
                var (count, position) = await log.ReadAsync(view => (view.Map.Count, view.Map.Position), stoppingToken);
                var horizon = Horizon(time.GetUtcNow(), options.Value.TombstoneHorizon);
                if (horizon > forgotten)
                {
                    if (await ForgetAsync(log, horizon, stoppingToken) is > 0 and var dropped)
                    {
                        LogForgotten(dropped);
                    }

                    forgotten = horizon;
                }

                if (log.Uncompacted is var (records, bytes) && (records > MostRecords || bytes > MostBytes) && await log.CompactAsync(stoppingToken))
                {
                    LogCompacted(count, records, position);
                }
            }
            catch (Exception exception) when (exception is PlatformException || (exception is OperationCanceledException && stoppingToken.IsCancellationRequested))
            {
                if (exception is PlatformException)
                {
                    LogStoreAway(exception.Message);
                }
            }

            await Task.Delay(Interval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Compacted {States} fields out of {Records} records, up to position {Position}")]
    private partial void LogCompacted(int states, long records, long position);

    [LoggerMessage(2, LogLevel.Information, "Dropped {Count} removals older than the horizon")]
    private partial void LogForgotten(int count);

    [LoggerMessage(3, LogLevel.Warning, "The documents cannot be looked after now: {Reason}")]
    private partial void LogStoreAway(string reason);
}
