using System.Collections.Concurrent;
using StackExchange.Redis;

namespace ModelPlatform.Jobs;

/// <summary>The fetches of this process, and the word from other processes that one of them changed.</summary>
internal sealed class RunningFetches(IConnectionMultiplexer redis)
{
    private static readonly RedisChannel ChangedChannel = RedisChannel.Literal("mp:jobs:changed");
    private readonly ConcurrentDictionary<string, FetchLease> leases = new(StringComparer.Ordinal);

    /// <summary>How many.</summary>
    public int Count => leases.Count;

    public void Add(FetchLease lease) => leases[lease.JobId] = lease;

    public void Remove(FetchLease lease) => leases.TryRemove(KeyValuePair.Create(lease.JobId, lease));

    /// <summary>Tells the process that runs a job to look at it at once.</summary>
    public Task TellAsync(string jobId) => redis.GetSubscriber().PublishAsync(ChangedChannel, jobId, CommandFlags.FireAndForget);

    public Task ListenAsync() => redis.GetSubscriber().SubscribeAsync(ChangedChannel, (_, jobId) => Look((string)jobId!));

    private void Look(string jobId)
    {
        if (leases.TryGetValue(jobId, out var lease))
        {
            _ = lease.CheckAsync();
        }
    }
}
