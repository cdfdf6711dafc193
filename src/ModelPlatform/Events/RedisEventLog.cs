using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace ModelPlatform.Events;

/// <summary>The history is a Redis list, an event's id its position in the list plus the number of events trimmed before it. Listeners of a process share one reader.</summary>
internal sealed partial class RedisEventLog(IConnectionMultiplexer redis, IOptions<EventOptions> options, IHostApplicationLifetime lifetime, ILogger<RedisEventLog> logger) : IEventLog
{
    private const string HistoryKey = "mp:events";
    private const string TrimmedKey = "mp:events:trimmed";
    private const int ListenerBacklog = 2_000;
    private static readonly RedisChannel Added = RedisChannel.Literal("mp:events:added");
    private static readonly RedisChannel Live = RedisChannel.Literal("mp:events:live");
    private static readonly TimeSpan LostWakeUp = TimeSpan.FromSeconds(2);

    private readonly IDatabase database = redis.GetDatabase();
    private readonly Lock gate = new();
    private readonly Channel<bool> wakeUps = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private Channel<PlatformEvent>[] listeners = [];
    private Task<long>? reader;

    public async Task AppendAsync(PlatformEvent happened, CancellationToken cancellationToken)
    {
        var length = await database.ListRightPushAsync(HistoryKey, Serialize(happened)).WaitAsync(cancellationToken);
        await AddedAsync(length);
    }

    /// <summary>Adds an event to a transaction: it is in the history exactly if the transaction is carried out.</summary>
    /// <returns>What to pass to <see cref="AddedAsync"/> afterwards.</returns>
    public static Task<long> Append(ITransaction transaction, PlatformEvent happened) => transaction.ListRightPushAsync(HistoryKey, Serialize(happened));

    /// <summary>Wakes the listeners, and trims the history from time to time.</summary>
    public async ValueTask AddedAsync(long length)
    {
        await database.PublishAsync(Added, RedisValue.EmptyString, CommandFlags.FireAndForget);
        var kept = options.Value.History;
        if (length <= kept + Math.Max(50, kept / 10))
        {
            return;
        }

        var trimmed = await database.StringGetAsync(TrimmedKey);
        var surplus = await database.ListLengthAsync(HistoryKey) - kept;
        if (surplus <= 0)
        {
            return;
        }

        var transaction = database.CreateTransaction();
        transaction.AddCondition(trimmed.IsNull ? Condition.KeyNotExists(TrimmedKey) : Condition.StringEqual(TrimmedKey, trimmed));
        _ = transaction.ListTrimAsync(HistoryKey, surplus, -1);
        _ = transaction.StringIncrementAsync(TrimmedKey, surplus);
        await transaction.ExecuteAsync();
    }

    public void Show(PlatformEvent happened) => database.Publish(Live, Serialize(happened), CommandFlags.FireAndForget);

    public async Task<IReadOnlyList<PlatformEvent>> ReadAsync(EventFilter filter, long afterId, int limit, CancellationToken cancellationToken)
    {
        var (events, _) = await ReadAfterAsync(afterId, cancellationToken);
        var matching = new List<PlatformEvent>();
        foreach (var happened in events)
        {
            if (filter.Matches(happened))
            {
                matching.Add(happened);
            }
        }

        return matching.Count <= limit ? matching : matching.GetRange(matching.Count - limit, limit);
    }

    public async Task<long> ReadLastIdAsync(CancellationToken cancellationToken) => (await ReadAfterAsync(long.MaxValue, cancellationToken)).Last;

    public async IAsyncEnumerable<PlatformEvent> WatchAsync(EventFilter filter, long? afterId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var channel = Channel.CreateBounded<PlatformEvent>(new BoundedChannelOptions(ListenerBacklog) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });
        Task<long> started;
        lock (gate)
        {
            listeners = [.. listeners, channel];
            started = reader ??= StartReaderAsync();
        }

        try
        {
            var last = await started.WaitAsync(cancellationToken);
            if (afterId is { } after)
            {
                (var missed, last) = await ReadAfterAsync(after, cancellationToken);
                foreach (var happened in missed)
                {
                    if (filter.Matches(happened))
                    {
                        yield return happened;
                    }
                }
            }
            else
            {
                last = 0;
            }

            await foreach (var happened in channel.Reader.ReadAllAsync(cancellationToken))
            {
                if ((happened.Id is null || happened.Id > last) && filter.Matches(happened))
                {
                    yield return happened;
                }
            }
        }
        finally
        {
            lock (gate)
            {
                listeners = [.. listeners.Where(other => other != channel)];
            }
        }
    }

    private async Task<long> StartReaderAsync()
    {
        await Task.Yield();
        try
        {
            var subscriber = redis.GetSubscriber();
            await subscriber.SubscribeAsync(Added, (_, _) => wakeUps.Writer.TryWrite(true));
            await subscriber.SubscribeAsync(Live, (_, value) => Deliver(Deserialize(value, null)));
            var (_, last) = await ReadAfterAsync(long.MaxValue, lifetime.ApplicationStopping);
            _ = ReadOnAsync(last, lifetime.ApplicationStopping);
            return last;
        }
        catch
        {
            // The next listener tries again.
            lock (gate)
            {
                reader = null;
            }

            throw;
        }
    }

    private async Task ReadOnAsync(long last, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                using var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping);
                patience.CancelAfter(LostWakeUp);
                try
                {
                    await wakeUps.Reader.ReadAsync(patience.Token);
                }
                catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
                {
                    // A message of Redis pub/sub may be lost: look anyway.
                }

                (var added, last) = await ReadAfterAsync(last, stopping);
                foreach (var happened in added)
                {
                    Deliver(happened);
                }
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                LogRedisAway(exception.Message);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }

        foreach (var channel in listeners)
        {
            channel.Writer.TryComplete();
        }
    }

    private void Deliver(PlatformEvent? happened)
    {
        if (happened is null)
        {
            return;
        }

        foreach (var channel in listeners)
        {
            // One that cannot keep up is ended rather than cheated: it comes back with the last id it saw.
            if (!channel.Writer.TryWrite(happened) && happened.Id is not null)
            {
                channel.Writer.TryComplete();
            }
        }
    }

    /// <summary>Everything after an id, and the id of the newest event there is.</summary>
    private async Task<(IReadOnlyList<PlatformEvent> Events, long Last)> ReadAfterAsync(long afterId, CancellationToken cancellationToken)
    {
        long assumed = await database.StringGetAsync(TrimmedKey).WaitAsync(cancellationToken) is { IsNull: false } value ? (long)value : 0;
        while (true)
        {
            var start = Math.Max(0, afterId - assumed);
            var transaction = database.CreateTransaction();
            var trimmedTask = transaction.StringGetAsync(TrimmedKey);
            var lengthTask = transaction.ListLengthAsync(HistoryKey);
            var rangeTask = start > int.MaxValue ? Task.FromResult<RedisValue[]>([]) : transaction.ListRangeAsync(HistoryKey, start, -1);
            await transaction.ExecuteAsync().WaitAsync(cancellationToken);
            long trimmed = await trimmedTask is { IsNull: false } text ? (long)text : 0;
            var last = trimmed + await lengthTask;
            if (afterId != long.MaxValue && afterId > last)
            {
                // Redis came up empty: ids begin anew.
                (afterId, assumed) = (0, trimmed);
                continue;
            }

            if (trimmed != assumed && afterId < last)
            {
                assumed = trimmed;
                continue;
            }

            var range = await rangeTask;
            var events = new List<PlatformEvent>(range.Length);
            for (var i = 0; i < range.Length; i++)
            {
                if (Deserialize(range[i], trimmed + start + i + 1) is { } happened)
                {
                    events.Add(happened);
                }
            }

            return (events, last);
        }
    }

    private static byte[] Serialize(PlatformEvent happened) => JsonSerializer.SerializeToUtf8Bytes(happened with { Id = null }, EventsJson.Default.PlatformEvent);

    private static PlatformEvent? Deserialize(RedisValue value, long? id) =>
        JsonSerializer.Deserialize(((ReadOnlyMemory<byte>)value).Span, EventsJson.Default.PlatformEvent) is { } happened ? happened with { Id = id } : null;
}
