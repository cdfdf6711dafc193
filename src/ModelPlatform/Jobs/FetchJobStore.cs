using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelPlatform.Events;
using StackExchange.Redis;
using Field = ModelPlatform.Jobs.FetchJobFields;
using Key = ModelPlatform.Jobs.FetchJobKeys;

namespace ModelPlatform.Jobs;

/// <summary>Job records in Redis. Every write names the status and the fence it saw; it is carried out whole, with its index entries and its event, or not at all.</summary>
internal sealed class FetchJobStore(IConnectionMultiplexer redis, RedisEventLog events, TimeProvider time)
{
    private readonly IDatabase database = redis.GetDatabase();

    /// <summary>How long a queued job is believed to be in Hangfire's hands before somebody looks.</summary>
    private static readonly TimeSpan Trust = TimeSpan.FromSeconds(5);

    public async Task<FetchJobRecord?> ReadAsync(string id) => FetchJobRecord.Read(id, await database.HashGetAllAsync(Key.Job(id)));

    public async Task<IReadOnlyList<FetchJobRecord>> ReadManyAsync(IEnumerable<string> ids)
    {
        var reads = ids.Select(async id => await ReadAsync(id)).ToArray();
        return [.. (await Task.WhenAll(reads)).OfType<FetchJobRecord>()];
    }

    /// <summary>Newest first, from the most selective index.</summary>
    public async Task<IReadOnlyList<FetchJob>> ListAsync(FetchStatus? status, string? modelName, int limit)
    {
        var index = modelName is not null ? Key.OfModel(modelName) : status is { } wanted ? Key.OfStatus(wanted) : Key.All;
        var found = new List<FetchJob>();
        for (long start = 0; found.Count < limit; start += limit)
        {
            var ids = await database.SortedSetRangeByRankAsync(index, start, start + limit - 1, Order.Descending);
            var records = await ReadManyAsync(ids.Select(id => (string)id!));
            found.AddRange(records.Select(record => record.Job).Where(job => status is null || job.Status == status).Take(limit - found.Count));
            if (ids.Length < limit)
            {
                break;
            }
        }

        return found;
    }

    public async Task<string?> FindActiveAsync(string modelId) => await database.StringGetAsync(Key.Active(modelId));

    public async Task<string[]> ListIdsAsync(FetchStatus status) => [.. (await database.SortedSetRangeByRankAsync(Key.OfStatus(status))).Select(id => (string)id!)];

    public Task<long> CountAsync(FetchStatus status) => database.SortedSetLengthAsync(Key.OfStatus(status));

    /// <summary>Writes a new job if no other is active for its model.</summary>
    public async Task<bool> TryAddAsync(string id, FetchJobRequest request, int maxRetries)
    {
        var now = time.GetUtcNow();
        var at = now.ToUnixTimeMilliseconds();
        var modelId = request.Model.ToString();
        var transaction = database.CreateTransaction();
        transaction.AddCondition(Condition.KeyNotExists(Key.Active(modelId)));
        _ = transaction.StringSetAsync(Key.Active(modelId), id);
        _ = transaction.HashSetAsync(Key.Job(id),
        [
            new(Field.Request, JsonSerializer.SerializeToUtf8Bytes(request, JobsJson.Default.FetchJobRequest)),
            new(Field.Status, FetchStatus.Queued.Word()),
            new(Field.CreatedAt, at),
            new(Field.Fence, 0),
            new(Field.MaxRetries, maxRetries),
            new(Field.TraceParent, Activity.Current?.Id ?? RedisValue.EmptyString),
        ]);
        _ = transaction.SortedSetAddAsync(Key.All, id, at);
        _ = transaction.SortedSetAddAsync(Key.OfModel(request.Model.Name), id, at);
        _ = transaction.SortedSetAddAsync(Key.OfStatus(FetchStatus.Queued), id, at);
        _ = transaction.SortedSetAddAsync(Key.Queued, id, LookAt(request.ScheduledAt ?? now));
        var length = RedisEventLog.Append(transaction, JobEvent(EventTypes.JobQueued, id, modelId, now));
        return await CommitAsync(transaction, length);
    }

    /// <summary>Moves a job on, if it still is as it was seen.</summary>
    public async Task<bool> MoveAsync(FetchJobRecord seen, FetchStatus to, FetchJobMove move)
    {
        // Redis gives a transaction up when anything about the hash changed meanwhile, also where the conditions still hold: then it is tried again.
        while (true)
        {
            if (await TryMoveAsync(seen, to, move))
            {
                return true;
            }

            var now = await database.HashGetAsync(Key.Job(seen.Id), [Field.Status, Field.Fence]);
            if (now[0] != seen.Status.Word() || now[1] != seen.Fence || (move.OnlyWithoutLease && await HasLeaseAsync(seen.Id))
                || (seen.Status.IsTerminal() && !to.IsTerminal() && await FindActiveAsync(seen.Job.ModelId) is not null))
            {
                return false;
            }
        }
    }

    private async Task<bool> TryMoveAsync(FetchJobRecord seen, FetchStatus to, FetchJobMove move)
    {
        var (id, job, now) = (seen.Id, seen.Job, time.GetUtcNow());
        var createdAt = job.CreatedAt.ToUnixTimeMilliseconds();
        var transaction = database.CreateTransaction();
        transaction.AddCondition(Condition.HashEqual(Key.Job(id), Field.Status, seen.Status.Word()));
        transaction.AddCondition(Condition.HashEqual(Key.Job(id), Field.Fence, seen.Fence));
        if (move.OnlyWithoutLease)
        {
            transaction.AddCondition(Condition.KeyNotExists(Key.Lease(id)));
        }

        _ = transaction.HashSetAsync(Key.Job(id), [new(Field.Status, to.Word()), new(Field.Fence, seen.Fence + (move.ChangesOwner ? 1 : 0)), .. move.Fields]);
        if (to != seen.Status)
        {
            _ = transaction.SortedSetRemoveAsync(Key.OfStatus(seen.Status), id);
            _ = transaction.SortedSetAddAsync(Key.OfStatus(to), id, createdAt);
        }

        _ = to == FetchStatus.Queued
            ? transaction.SortedSetAddAsync(Key.Queued, id, LookAt(move.DueAt ?? now))
            : (Task)transaction.SortedSetRemoveAsync(Key.Queued, id);
        if (move.Lease is { } lease)
        {
            _ = transaction.StringSetAsync(Key.Lease(id), lease.Owner, lease.TimeToLive);
        }
        else if (to is not FetchStatus.Processing)
        {
            _ = transaction.KeyDeleteAsync(Key.Lease(id));
        }

        if (to.IsTerminal() && !seen.Status.IsTerminal())
        {
            _ = transaction.KeyDeleteAsync(Key.Active(job.ModelId));
        }
        else if (seen.Status.IsTerminal() && !to.IsTerminal())
        {
            transaction.AddCondition(Condition.KeyNotExists(Key.Active(job.ModelId)));
            _ = transaction.StringSetAsync(Key.Active(job.ModelId), id);
        }

        move.Also?.Invoke(transaction);
        var happened = JobEvent(move.Event, id, job.ModelId, now);
        happened.Data["status"] = to.Word();
        foreach (var (name, value) in move.EventData)
        {
            happened.Data[name] = value?.DeepClone();
        }

        return await CommitAsync(transaction, RedisEventLog.Append(transaction, happened));
    }

    /// <summary>The job as it will be with these fields.</summary>
    public async Task<FetchJob> ForeseeAsync(string id, IReadOnlyCollection<HashEntry> fields)
    {
        var names = fields.Select(field => field.Name).ToHashSet();
        var entries = await database.HashGetAllAsync(Key.Job(id));
        return FetchJobRecord.Read(id, [.. entries.Where(entry => !names.Contains(entry.Name)), .. fields.GroupBy(field => field.Name).Select(group => group.Last())])!.Job;
    }

    /// <summary>Writes fields for the runner that owns the job.</summary>
    /// <returns>False where another one owns it by now.</returns>
    public Task<bool> WriteAsync(string id, long fence, HashEntry[] fields) => FencedAsync(id, fence, transaction => _ = transaction.HashSetAsync(Key.Job(id), fields));

    public Task<bool> RenewLeaseAsync(string id, long fence, FetchLeaseTerm term) =>
        FencedAsync(id, fence, transaction => _ = transaction.StringSetAsync(Key.Lease(id), term.Owner, term.TimeToLive));

    /// <summary>Carries commands out for the owner of a job.</summary>
    /// <returns>False where another one owns it by now; never because something else about the job changed.</returns>
    public async Task<bool> FencedAsync(string id, long fence, Action<ITransaction> commands)
    {
        do
        {
            var transaction = database.CreateTransaction();
            transaction.AddCondition(Condition.HashEqual(Key.Job(id), Field.Fence, fence));
            commands(transaction);
            if (await transaction.ExecuteAsync())
            {
                return true;
            }
        }
        while (await IsOwnedAsync(id, fence));
        return false;
    }

    public async Task<bool> IsOwnedAsync(string id, long fence) => await database.HashGetAsync(Key.Job(id), Field.Fence) == fence;

    public Task<bool> HasLeaseAsync(string id) => database.KeyExistsAsync(Key.Lease(id));

    public Task NoteHangfireIdAsync(string id, string hangfireId) => database.HashSetAsync(Key.Job(id), Field.HangfireId, hangfireId);

    /// <summary>Queued jobs that should have been taken by now, oldest first.</summary>
    public async Task<string[]> ListOverdueAsync(int limit) =>
        [.. (await database.SortedSetRangeByScoreAsync(Key.Queued, double.NegativeInfinity, time.GetUtcNow().ToUnixTimeMilliseconds(), take: limit)).Select(id => (string)id!)];

    /// <summary>All queued jobs whose time has come, in the order of their acceptance.</summary>
    public async Task<string[]> ListQueuedAsync() => await ListIdsAsync(FetchStatus.Queued);

    public Task LookAgainAsync(string id) => database.SortedSetUpdateAsync(Key.Queued, id, LookAt(time.GetUtcNow()), SortedSetWhen.Exists);

    private async Task<bool> CommitAsync(ITransaction transaction, Task<long> historyLength)
    {
        if (!await transaction.ExecuteAsync())
        {
            return false;
        }

        await events.AddedAsync(await historyLength);
        return true;
    }

    private static PlatformEvent JobEvent(string type, string id, string modelId, DateTimeOffset now) =>
        new(type, now) { JobId = id, ModelId = modelId, Data = new JsonObject { ["status"] = FetchStatus.Queued.Word() } };

    private static double LookAt(DateTimeOffset due) => (due + Trust).ToUnixTimeMilliseconds();
}

/// <summary>What else changes when a job moves.</summary>
/// <param name="Event">The event that tells of it.</param>
internal sealed record FetchJobMove(string Event)
{
    public IReadOnlyCollection<HashEntry> Fields { get; init; } = [];

    public JsonObject EventData { get; init; } = [];

    /// <summary>Whoever owned the job before does not any more.</summary>
    public bool ChangesOwner { get; init; } = true;

    public bool OnlyWithoutLease { get; init; }

    /// <summary>The lease the new owner gets.</summary>
    public FetchLeaseTerm? Lease { get; init; }

    /// <summary>When a job that goes back to the queue may be taken.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>Further commands of the same transaction.</summary>
    public Action<ITransaction>? Also { get; init; }
}

/// <summary>Who holds a lease, and for how long without renewal.</summary>
internal readonly record struct FetchLeaseTerm(string Owner, TimeSpan TimeToLive);
