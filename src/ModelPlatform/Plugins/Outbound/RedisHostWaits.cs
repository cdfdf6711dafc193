using StackExchange.Redis;

namespace ModelPlatform.Plugins.Outbound;

/// <summary>Waits shared by all processes on one Redis: a sorted set of hosts by the time they may be asked again (Unix milliseconds).</summary>
/// <remarks>While Redis is away the process goes by what it knows itself: a lost wait costs one refused request.</remarks>
internal sealed class RedisHostWaits(IConnectionMultiplexer redis, TimeProvider time) : IHostWaits
{
    private const string Key = "mp:waits";
    private readonly ProcessHostWaits own = new(time);

    public async ValueTask<TimeSpan?> GetAsync(string host, CancellationToken cancellationToken)
    {
        var known = await own.GetAsync(host, cancellationToken);
        try
        {
            var left = await redis.GetDatabase().SortedSetScoreAsync(Key, host).WaitAsync(cancellationToken) is { } until ? TimeSpan.FromMilliseconds(until - Now) : TimeSpan.Zero;
            return left > (known ?? TimeSpan.Zero) ? left : known;
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            return known;
        }
    }

    public async ValueTask KeepAsync(string host, TimeSpan wait, CancellationToken cancellationToken)
    {
        await own.KeepAsync(host, wait, cancellationToken);
        try
        {
            var database = redis.GetDatabase();
            await database.SortedSetAddAsync(Key, host, Now + wait.TotalMilliseconds, SortedSetWhen.GreaterThan).WaitAsync(cancellationToken);
            await database.SortedSetRemoveRangeByScoreAsync(Key, double.NegativeInfinity, Now, Exclude.Stop).WaitAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            // Kept in this process at least.
        }
    }

    public async ValueTask<IReadOnlyDictionary<string, TimeSpan>> ListAsync(CancellationToken cancellationToken)
    {
        try
        {
            var entries = await redis.GetDatabase().SortedSetRangeByScoreWithScoresAsync(Key, Now, double.PositiveInfinity).WaitAsync(cancellationToken);
            return entries.ToDictionary(entry => entry.Element.ToString(), entry => TimeSpan.FromMilliseconds(Math.Max(entry.Score - Now, 0)), StringComparer.Ordinal);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            return await own.ListAsync(cancellationToken);
        }
    }

    private double Now => time.GetUtcNow().ToUnixTimeMilliseconds();
}
