using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using StackExchange.Redis;

namespace ModelPlatform.Jobs;

/// <summary>Looks every few seconds how many jobs wait and run, so that whoever reads the metrics waits for nothing.</summary>
internal sealed class JobDepth(FetchJobStore store, IMeterFactory meters, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(5);
    private static readonly FetchStatus[] Open = [FetchStatus.Queued, FetchStatus.Downloading, FetchStatus.Processing, FetchStatus.Paused];

    private (FetchStatus Status, long Count)[] last = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        JobTelemetry.ObserveDepth(meters.Create(JobTelemetry.Name), () => Volatile.Read(ref last));
        using var timer = new PeriodicTimer(Pace, time);
        try
        {
            do
            {
                try
                {
                    var counts = await Task.WhenAll(Open.Select(store.CountAsync)).WaitAsync(stoppingToken);
                    Volatile.Write(ref last, [.. Open.Zip(counts)]);
                }
                catch (Exception exception) when (exception is RedisException or TimeoutException)
                {
                    // An old number would be a wrong one.
                    Volatile.Write(ref last, []);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // The service stops.
        }
    }
}
