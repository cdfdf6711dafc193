using ModelPlatform.ModelHost.Loading;
using ModelPlatform.ModelHost.Memory;
using ModelPlatform.Registry;
using ModelPlatform.Runtimes;
using ModelPlatform.Sources;
using StackExchange.Redis;

namespace ModelPlatform.ModelHost.Hosting;

/// <summary>What runs besides requests: taking over, reporting, looking at health, and loading models whose download has ended.</summary>
internal sealed partial class HostService(
    HostRecovery recovery, ModelLoader loader, IRuntimeRecords records, IRuntimeCatalog runtimes, ModelCopies copies, MemoryGate memory, HostProcess process,
    RuntimeOptions options, TimeProvider time, ILogger<HostService> logger) : BackgroundService
{
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(2);

    private TimeSpan processorTime = Environment.CpuUsage.TotalTime;
    private long reportedAt = TimeProvider.System.GetTimestamp();
    private bool hasTakenOver;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        // Before anything is loaded: what lies there belongs to an ended process.
        copies.Clear();
        return base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await loader.LeaveAsync();
            await records.LeaveAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            LogStoreAway(exception.Message);
        }

        copies.Clear();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The start does not wait for any of this.
        await Task.Yield();
        var looking = LookAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await TakeOverAsync(stoppingToken);
                await ReportAsync(stoppingToken);
                await LoadArrivedAsync();
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException or PlatformException)
            {
                LogStoreAway(exception.Message);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }

            await Task.Delay(Round, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await looking;
    }

    private async Task TakeOverAsync(CancellationToken cancellationToken)
    {
        if (hasTakenOver)
        {
            return;
        }

        foreach (var id in await recovery.TakeOverAsync(cancellationToken))
        {
            if (await loader.FindEntryAsync(id) is not null)
            {
                Preload(id, new LoadOrder());
            }
        }

        hasTakenOver = true;
    }

    /// <summary>Loads behind the scenes: what fails is warned of.</summary>
    public void Preload(ModelId id, LoadOrder order) => _ = PreloadAsync(id, order);

    private async Task PreloadAsync(ModelId id, LoadOrder order)
    {
        try
        {
            if (!(await loader.LoadAsync(id, order, CancellationToken.None)).TryGet(out _, out var error))
            {
                LogNotPreloaded(id.ToString(), error.Message);
            }
        }
        catch (Exception exception)
        {
            LogNotPreloaded(id.ToString(), exception.Message);
        }
    }

    private async Task ReportAsync(CancellationToken cancellationToken)
    {
        var (used, now) = (Environment.CpuUsage.TotalTime, TimeProvider.System.GetTimestamp());
        var percent = (used - processorTime) / TimeProvider.System.GetElapsedTime(reportedAt, now) * 100;
        (processorTime, reportedAt) = (used, now);
        await records.ReportAsync(
            new HostReport
            {
                Process = process.Name,
                At = time.GetUtcNow(),
                ResidentBytes = MachineMemory.Resident(),
                AvailableBytes = memory.Available,
                CpuPercent = Math.Round(Math.Max(0, percent), 1),
                Runtimes = runtimes.Offers,
                Models = [.. loader.Slots.Select(Describe).OfType<ModelUsage>()],
            },
            cancellationToken);
    }

    private async Task LoadArrivedAsync()
    {
        foreach (var slot in loader.Slots.Where(slot => slot is { Instance: null, Record: { IsWanted: true, Status: ModelStatus.Downloaded }, Loading: null or { IsCompleted: true } }))
        {
            if (await loader.FindEntryAsync(slot.Id) is not null)
            {
                Preload(slot.Id, new LoadOrder());
            }
        }
    }

    private async Task LookAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            await Task.Delay(options.HealthInterval, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Parallel.ForEachAsync(
                loader.Slots.Where(slot => slot.Instance is not null), new ParallelOptions { MaxDegreeOfParallelism = 2, CancellationToken = CancellationToken.None },
                async (slot, _) => await LookAtAsync(slot, stopping));
        }
    }

    private async Task LookAtAsync(Slot slot, CancellationToken stopping)
    {
        try
        {
            await loader.CheckAsync(slot.Id, stopping);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            LogStoreAway(exception.Message);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The process ends.
        }
        catch (Exception exception)
        {
            // One model's trouble must not end the looking at all others.
            LogLookFailed(exception, slot.Record.Id);
        }
    }

    private static ModelUsage? Describe(Slot slot)
    {
        if (slot.Instance is not { } instance)
        {
            return null;
        }

        var (calls, failures, median, p95) = instance.Calls.Read();
        return new ModelUsage
        {
            Id = slot.Record.Id,
            Calls = calls,
            Failures = failures,
            Running = instance.Running,
            MedianMilliseconds = Math.Round(median, 3),
            P95Milliseconds = Math.Round(p95, 3),
            LastUsedAt = instance.Calls.LastUsedAt,
        };
    }

    [LoggerMessage(5602, LogLevel.Warning, "{Model} is not loaded: {Reason}")]
    private partial void LogNotPreloaded(string model, string reason);

    [LoggerMessage(5603, LogLevel.Error, "The health of {Model} cannot be looked at")]
    private partial void LogLookFailed(Exception exception, string model);

    [LoggerMessage(5604, LogLevel.Warning, "A store does not answer ({Reason}); loaded models go on")]
    private partial void LogStoreAway(string reason);
}
