using Microsoft.Extensions.Logging;
using ModelPlatform.Plugins.Outbound;
using StackExchange.Redis;

namespace ModelPlatform.Jobs;

/// <summary>Waits that hosts asked for, shared by all processes on one Redis. What others noted is seen within half a second; what this process noted, at once.</summary>
internal sealed partial class RedisHostWaits(IConnectionMultiplexer redis, TimeProvider time, ILogger<RedisHostWaits> logger) : IHostWaits
{
    private const string Key = "mp:hosts:waiting";
    private static readonly TimeSpan Freshness = TimeSpan.FromMilliseconds(500);

    private readonly IDatabase database = redis.GetDatabase();
    private readonly Lock gate = new();
    private Dictionary<string, DateTimeOffset> known = new(StringComparer.Ordinal);
    private DateTimeOffset readAt;

    public async ValueTask<TimeSpan?> GetAsync(string host, CancellationToken cancellationToken)
    {
        await RefreshAsync(cancellationToken);
        lock (gate)
        {
            return known.TryGetValue(host, out var until) && until > time.GetUtcNow() ? until - time.GetUtcNow() : null;
        }
    }

    public async ValueTask KeepAsync(string host, TimeSpan wait, CancellationToken cancellationToken)
    {
        var until = time.GetUtcNow() + wait;
        lock (gate)
        {
            known[host] = known.TryGetValue(host, out var before) && before > until ? before : until;
        }

        try
        {
            await database.SortedSetUpdateAsync(Key, host, until.ToUnixTimeMilliseconds(), SortedSetWhen.GreaterThan).WaitAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            LogRedisAway(exception.Message);
        }
    }

    public async ValueTask<IReadOnlyDictionary<string, TimeSpan>> ListAsync(CancellationToken cancellationToken)
    {
        await RefreshAsync(cancellationToken);
        var now = time.GetUtcNow();
        lock (gate)
        {
            return known.Where(pair => pair.Value > now).ToDictionary(pair => pair.Key, pair => pair.Value - now, StringComparer.Ordinal);
        }
    }

    private async ValueTask RefreshAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        lock (gate)
        {
            if (now - readAt < Freshness)
            {
                return;
            }

            readAt = now;
        }

        try
        {
            var entries = await database.SortedSetRangeByScoreWithScoresAsync(Key, now.ToUnixTimeMilliseconds()).WaitAsync(cancellationToken);
            lock (gate)
            {
                var fresh = entries.ToDictionary(entry => (string)entry.Element!, entry => DateTimeOffset.FromUnixTimeMilliseconds((long)entry.Score), StringComparer.Ordinal);
                foreach (var (host, until) in known)
                {
                    if (until > now && (!fresh.TryGetValue(host, out var shared) || shared < until))
                    {
                        fresh[host] = until;
                    }
                }

                known = fresh;
            }

            await database.SortedSetRemoveRangeByScoreAsync(Key, double.NegativeInfinity, (now - TimeSpan.FromMinutes(1)).ToUnixTimeMilliseconds(), flags: CommandFlags.FireAndForget);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            LogRedisAway(exception.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The waits of hosts are not shared: Redis does not answer ({Reason})")]
    private partial void LogRedisAway(string reason);
}
