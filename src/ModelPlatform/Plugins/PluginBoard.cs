using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace ModelPlatform.Plugins;

/// <summary>Carries commands to every process and their plugins' states back, over Redis.</summary>
/// <remarks>
/// What is wanted is state (which plugins are disabled, how often each was to be reloaded); messages only say that it changed. So a process that misses one
/// catches up a few seconds later, and one that starts later begins right.
/// </remarks>
internal sealed partial class PluginBoard(IConnectionMultiplexer redis, PluginHost host, TimeProvider time, ILogger<PluginBoard> logger) : BackgroundService, IPluginHost
{
    private const string DisabledKey = "mp:plugins:disabled";
    private const string ReloadsKey = "mp:plugins:reloads";
    private const string SequenceKey = "mp:plugins:sequence";
    private const string ProcessesKey = "mp:plugins:processes";
    private const string ReportPrefix = "mp:plugins:process:";
    private static readonly RedisChannel Channel = RedisChannel.Literal("mp:plugins");
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly SemaphoreSlim wake = new(0, 1);
    private readonly SemaphoreSlim catchingUp = new(1, 1);
    private readonly Dictionary<string, long> reloads = new(StringComparer.OrdinalIgnoreCase);
    private long sequence;
    private bool hasCaughtUp;

    public IReadOnlyList<PluginStatus> List() => host.List();

    public async ValueTask<IReadOnlyList<PluginStatus>> ListEverywhereAsync(CancellationToken cancellationToken)
    {
        try
        {
            var others = await ReadReportsAsync(cancellationToken);
            return [.. host.List(), .. others.Where(report => report.Key != host.Process).OrderBy(report => report.Key, StringComparer.Ordinal).SelectMany(report => report.Value.Plugins)];
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            LogAway(exception.Message);
            return host.List();
        }
    }

    public Task<bool> ReloadAsync(string id, CancellationToken cancellationToken) => CommandAsync(id, database => database.HashIncrementAsync(ReloadsKey, Name(id)), cancellationToken);

    public Task<bool> DisableAsync(string id, CancellationToken cancellationToken) => CommandAsync(id, database => database.SetAddAsync(DisabledKey, Name(id)), cancellationToken);

    public Task<bool> EnableAsync(string id, CancellationToken cancellationToken) => CommandAsync(id, database => database.SetRemoveAsync(DisabledKey, Name(id)), cancellationToken);

    /// <summary>Learns what is disabled before the host loads anything. A Redis that is away does not hold up the start.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await TryAsync(CatchUpAsync, cancellationToken).WaitAsync(Patience, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await TryAsync(async stop =>
        {
            await redis.GetDatabase().SortedSetRemoveAsync(ProcessesKey, host.Process).WaitAsync(stop);
            await redis.GetDatabase().KeyDeleteAsync(ReportPrefix + host.Process).WaitAsync(stop);
        }, cancellationToken).WaitAsync(Patience, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public override void Dispose()
    {
        wake.Dispose();
        catchingUp.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Action<RedisChannel, RedisValue> onMessage = (_, _) => Wake();
        host.Changed += Wake;
        var isSubscribed = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            await TryAsync(
                async stop =>
                {
                    if (!isSubscribed)
                    {
                        await redis.GetSubscriber().SubscribeAsync(Channel, onMessage);
                        isSubscribed = true;
                    }

                    await CatchUpAsync(stop);
                    await ReportAsync(stop);
                },
                stoppingToken);
            await ((Task)wake.WaitAsync(Beat, stoppingToken)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        host.Changed -= Wake;
        await TryAsync(_ => redis.GetSubscriber().UnsubscribeAsync(Channel, onMessage), CancellationToken.None);
    }

    private async Task<bool> CommandAsync(string id, Func<IDatabase, Task> command, CancellationToken cancellationToken)
    {
        if (!(await ListEverywhereAsync(cancellationToken)).Any(status => status.Id.Equals(id, StringComparison.OrdinalIgnoreCase)))
        {
            return false;
        }

        var database = redis.GetDatabase();
        await command(database).WaitAsync(cancellationToken);
        var mine = await database.StringIncrementAsync(SequenceKey).WaitAsync(cancellationToken);
        await redis.GetSubscriber().PublishAsync(Channel, mine).WaitAsync(cancellationToken);
        await CatchUpAsync(cancellationToken);

        // Whoever looks at the states next should see the command carried out.
        for (var started = time.GetTimestamp(); time.GetElapsedTime(started) < Patience; await Task.Delay(TimeSpan.FromMilliseconds(50), time, cancellationToken))
        {
            if ((await ReadReportsAsync(cancellationToken)).All(report => report.Key == host.Process || report.Value.Sequence >= mine))
            {
                break;
            }
        }

        return true;
    }

    private async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        await catchingUp.WaitAsync(cancellationToken);
        try
        {
            var database = redis.GetDatabase();
            var upTo = (long)await database.StringGetAsync(SequenceKey).WaitAsync(cancellationToken);
            var disabled = await database.SetMembersAsync(DisabledKey).WaitAsync(cancellationToken);
            await host.SetDisabledAsync(disabled.Select(id => id.ToString()), cancellationToken);
            foreach (var entry in await database.HashGetAllAsync(ReloadsKey).WaitAsync(cancellationToken))
            {
                var (id, count) = (entry.Name.ToString(), (long)entry.Value);
                var isNew = hasCaughtUp && count != reloads.GetValueOrDefault(id);
                reloads[id] = count;
                if (isNew)
                {
                    await host.ReloadAsync(id, cancellationToken);
                }
            }

            // Reloads from before this process began are none of its business.
            hasCaughtUp = true;
            Volatile.Write(ref sequence, upTo);
        }
        finally
        {
            catchingUp.Release();
        }
    }

    private async Task ReportAsync(CancellationToken cancellationToken)
    {
        var report = JsonSerializer.SerializeToUtf8Bytes(new PluginReport(Volatile.Read(ref sequence), host.List()), PluginReportJson.Default.PluginReport);
        var database = redis.GetDatabase();
        await database.StringSetAsync(ReportPrefix + host.Process, report, Lifetime).WaitAsync(cancellationToken);
        await database.SortedSetAddAsync(ProcessesKey, host.Process, (time.GetUtcNow() + Lifetime).ToUnixTimeMilliseconds()).WaitAsync(cancellationToken);
        await database.SortedSetRemoveRangeByScoreAsync(ProcessesKey, double.NegativeInfinity, time.GetUtcNow().ToUnixTimeMilliseconds(), Exclude.Stop).WaitAsync(cancellationToken);
    }

    private async Task<Dictionary<string, PluginReport>> ReadReportsAsync(CancellationToken cancellationToken)
    {
        var database = redis.GetDatabase();
        var reports = new Dictionary<string, PluginReport>(StringComparer.Ordinal);
        foreach (var process in await database.SortedSetRangeByScoreAsync(ProcessesKey, time.GetUtcNow().ToUnixTimeMilliseconds()).WaitAsync(cancellationToken))
        {
            var name = process.ToString();
            if (await database.StringGetAsync(ReportPrefix + name).WaitAsync(cancellationToken) is { HasValue: true } bytes
                && JsonSerializer.Deserialize(((ReadOnlyMemory<byte>)bytes).Span, PluginReportJson.Default.PluginReport) is { } report)
            {
                reports[name] = report;
            }
        }

        return reports;
    }

    private async Task TryAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        try
        {
            await work(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Ending.
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or JsonException)
        {
            LogAway(exception.Message);
        }
    }

    private void Wake()
    {
        try
        {
            wake.Release();
        }
        catch (Exception exception) when (exception is SemaphoreFullException or ObjectDisposedException)
        {
            // Awake already, or ended.
        }
    }

    private static RedisValue Name(string id) => id.ToLowerInvariant();

    [LoggerMessage(5041, LogLevel.Debug, "Plugin states are not shared at the moment: {Reason}")]
    private partial void LogAway(string reason);
}
