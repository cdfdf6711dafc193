using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using ModelPlatform.Sources;
using StackExchange.Redis;

namespace ModelPlatform.Registry;

/// <summary>
/// The index: a row for each version, and which rows changed since when. Every process keeps the rows in memory and asks Redis only for the head (one small
/// read) and for the rows that changed. A change is read from the record store under the head it is then written under, so whoever writes last has seen all.
/// </summary>
internal sealed partial class RegistryIndex(IConnectionMultiplexer redis, RegistryRecords records, TimeProvider time, ILogger<RegistryIndex> logger) : IRegistryIndex, IDisposable
{
    private const int Readers = 16;
    private const int RowsAtOnce = 500;

    private static readonly RedisKey HeadKey = "mp:{registry}:head";
    private static readonly RedisKey BuilderKey = "mp:{registry}:builder";
    private static readonly TimeSpan BuilderLease = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan BuilderPoll = TimeSpan.FromMilliseconds(200);

    private static readonly TimeSpan Recently = TimeSpan.FromMilliseconds(10);

    private readonly SharedRead<IndexHead?> sharedHead = new(() => ReadHeadAsync(redis));
    private readonly SemaphoreSlim reading = new(1, 1);
    private readonly SemaphoreSlim building = new(1, 1);
    private readonly Lock confirming = new();
    private volatile CatalogSnapshot? current;
    private (CatalogSnapshot? Snapshot, long At) confirmed;
    private int ownChanges;

    /// <summary>
    /// The catalog as it was at most 10 ms ago, after every change this process made; null where that has to be asked. For what never changes once it is there, this
    /// spares a question to Redis for each request.
    /// </summary>
    public CatalogSnapshot? Recent
    {
        get
        {
            lock (confirming)
            {
                return confirmed.Snapshot is { } snapshot && time.GetElapsedTime(confirmed.At) < Recently ? snapshot : null;
            }
        }
    }

    /// <summary>The catalog as it is now; builds the index first where Redis came up without it.</summary>
    /// <exception cref="RedisException">Redis does not answer.</exception>
    public async ValueTask<CatalogSnapshot> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await ReadHeadAsync() is not { } head)
            {
                await BuildIfAbsentAsync(cancellationToken);
            }
            else if (current is { } snapshot && snapshot.Head == head)
            {
                return snapshot;
            }
            else
            {
                await CatchUpAsync(cancellationToken);
            }
        }
    }

    /// <summary>The catalog as it is now; null where Redis has no answer or no index yet: then the record store must be asked.</summary>
    public async ValueTask<CatalogSnapshot?> TryReadAsync(CancellationToken cancellationToken)
    {
        if (!redis.IsConnected)
        {
            // Waiting for a time-out would make every read slow while Redis is away.
            return null;
        }

        try
        {
            var (changes, asked) = (Volatile.Read(ref ownChanges), time.GetTimestamp());
            if (await ReadHeadAsync() is not { } head)
            {
                return null;
            }

            if (current is not { } snapshot || snapshot.Head != head)
            {
                return await ReadAsync(cancellationToken);
            }

            lock (confirming)
            {
                confirmed = changes == ownChanges ? (snapshot, asked) : default;
            }

            return snapshot;
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            LogUnavailable(exception);
            return null;
        }
    }

    /// <summary>Brings one version's row in line with the record store.</summary>
    /// <exception cref="RedisException">Redis does not answer.</exception>
    public async ValueTask UpdateAsync(ModelId id, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await ReadHeadAsync() is not { } head)
            {
                await BuildIfAbsentAsync(cancellationToken);
                continue;
            }

            var next = head.Next();
            var transaction = Database.CreateTransaction();
            transaction.AddCondition(Condition.StringEqual(HeadKey, head.ToString()));
            await StageAsync(transaction, id, next, cancellationToken);
            _ = transaction.StringSetAsync(HeadKey, next.ToString());
            if (await transaction.ExecuteAsync())
            {
                lock (confirming)
                {
                    ownChanges++;
                    confirmed = default;
                }

                return;
            }
        }
    }

    /// <inheritdoc/>
    public async Task<RebuiltIndex> RebuildAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await TryBuildAsync(onlyIfAbsent: false, cancellationToken) is { } built)
            {
                return built;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        reading.Dispose();
        building.Dispose();
    }

    private IDatabase Database => redis.GetDatabase();

    private static RedisKey Rows(string generation) => $"mp:{{registry}}:rows:{generation}";

    private static RedisKey Changes(string generation) => $"mp:{{registry}}:changes:{generation}";

    private Task<IndexHead?> ReadHeadAsync() => sharedHead.ReadAsync();

    private static async Task<IndexHead?> ReadHeadAsync(IConnectionMultiplexer redis) => IndexHead.Parse(await redis.GetDatabase().StringGetAsync(HeadKey));

    private async ValueTask StageAsync(ITransaction transaction, ModelId id, IndexHead next, CancellationToken cancellationToken)
    {
        var row = await ReadRowAsync(id, null, cancellationToken);
        _ = row is null
            ? transaction.HashDeleteAsync(Rows(next.Generation), id.ToString())
            : (Task)transaction.HashSetAsync(Rows(next.Generation), id.ToString(), Serialize(row));
        _ = transaction.SortedSetAddAsync(Changes(next.Generation), id.ToString(), next.Sequence);
    }

    private async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        await reading.WaitAsync(cancellationToken);
        try
        {
            if (await ReadHeadAsync() is not { } head || current?.Head == head)
            {
                return;
            }

            if (current is { } old && old.Head.Generation == head.Generation && old.Head.Sequence < head.Sequence)
            {
                var changed = await Database.SortedSetRangeByScoreAsync(Changes(head.Generation), old.Head.Sequence + 1);
                var rows = changed.Length == 0 ? [] : await Database.HashGetAsync(Rows(head.Generation), changed);
                current = old.With(head, changed.Zip(rows, (id, row) => KeyValuePair.Create(id.ToString(), Deserialize(row))));
            }
            else
            {
                var rows = await Database.HashGetAllAsync(Rows(head.Generation));

                // A rebuild replaces the generation and then drops the old rows: what was read across that moment may be short.
                if ((await ReadHeadAsync())?.Generation == head.Generation)
                {
                    current = new CatalogSnapshot(head, rows.Select(row => KeyValuePair.Create(row.Name.ToString(), Deserialize(row.Value)!)));
                }
            }
        }
        finally
        {
            reading.Release();
        }
    }

    private Task<RebuiltIndex?> BuildIfAbsentAsync(CancellationToken cancellationToken) => TryBuildAsync(onlyIfAbsent: true, cancellationToken);

    /// <summary>One builder at a time, in all processes. Null where another builds, after a short wait for it, or where there is nothing to build.</summary>
    private async Task<RebuiltIndex?> TryBuildAsync(bool onlyIfAbsent, CancellationToken cancellationToken)
    {
        await building.WaitAsync(cancellationToken);
        try
        {
            if (onlyIfAbsent && await ReadHeadAsync() is not null)
            {
                return null;
            }

            if (!await Database.StringSetAsync(BuilderKey, Environment.ProcessId, BuilderLease, When.NotExists))
            {
                await Task.Delay(BuilderPoll, time, cancellationToken);
                return null;
            }

            try
            {
                return await BuildAsync(cancellationToken);
            }
            finally
            {
                await Database.KeyDeleteAsync(BuilderKey);
            }
        }
        finally
        {
            building.Release();
        }
    }

    /// <summary>Fills a new generation beside the old one, then lets the head point to it, together with whatever changed meanwhile.</summary>
    private async Task<RebuiltIndex> BuildAsync(CancellationToken cancellationToken)
    {
        var start = await ReadHeadAsync();
        if (start is null)
        {
            LogEmpty();
        }

        var generation = Guid.NewGuid().ToString("n");
        var problems = new ConcurrentBag<string>();
        var batch = new List<HashEntry>();
        var count = 0;
        var options = new ParallelOptions { MaxDegreeOfParallelism = Readers, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(records.ListAsync(null, cancellationToken), options, async (id, cancel) =>
        {
            if (await ReadRowAsync(id, problems, cancel) is not { } row)
            {
                return;
            }

            HashEntry[]? full = null;
            lock (batch)
            {
                count++;
                batch.Add(new HashEntry(id.ToString(), Serialize(row)));
                if (batch.Count >= RowsAtOnce)
                {
                    full = [.. batch];
                    batch.Clear();
                }
            }

            if (full is not null)
            {
                await Database.HashSetAsync(Rows(generation), full);
                await Database.KeyExpireAsync(BuilderKey, BuilderLease);
            }
        });
        if (batch.Count > 0)
        {
            await Database.HashSetAsync(Rows(generation), [.. batch]);
        }

        await SwitchAsync(start, generation, cancellationToken);
        var result = new RebuiltIndex(count, [.. problems.Order(StringComparer.Ordinal)]);
        LogRebuilt(result.Models, result.Problems.Count);
        return result;
    }

    private async Task SwitchAsync(IndexHead? start, string generation, CancellationToken cancellationToken)
    {
        while (true)
        {
            var old = await ReadHeadAsync();
            var next = new IndexHead(generation, 1);
            var transaction = Database.CreateTransaction();
            transaction.AddCondition(old is null ? Condition.KeyNotExists(HeadKey) : Condition.StringEqual(HeadKey, old.ToString()));
            if (old is { } seen)
            {
                var since = start is { } begun && begun.Generation == seen.Generation ? begun.Sequence + 1 : 0;
                foreach (var changed in await Database.SortedSetRangeByScoreAsync(Changes(seen.Generation), since))
                {
                    if (ModelId.TryParse(changed, out var id))
                    {
                        await StageAsync(transaction, id, next, cancellationToken);
                    }
                }

                _ = transaction.KeyDeleteAsync([Rows(seen.Generation), Changes(seen.Generation)]);
            }

            _ = transaction.StringSetAsync(HeadKey, next.ToString());
            if (await transaction.ExecuteAsync())
            {
                return;
            }
        }
    }

    private async ValueTask<IndexedModel?> ReadRowAsync(ModelId id, ConcurrentBag<string>? problems, CancellationToken cancellationToken)
    {
        if ((await records.ReadAsync(id, cancellationToken)).TryGet(out var entry, out var error))
        {
            return entry is null ? null : IndexedModel.Of(entry);
        }

        LogRefused(id, error.Message);
        problems?.Add(error.Message);
        return null;
    }

    private static byte[] Serialize(IndexedModel row) => JsonSerializer.SerializeToUtf8Bytes(row, RegistryJson.Default.IndexedModel);

    private static IndexedModel? Deserialize(RedisValue row) =>
        row.IsNull ? null : JsonSerializer.Deserialize(((ReadOnlyMemory<byte>)row).Span, RegistryJson.Default.IndexedModel);
}
