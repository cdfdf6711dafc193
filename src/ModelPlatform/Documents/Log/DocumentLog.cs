using System.Runtime.ExceptionServices;
using System.Text.Json;
using ModelPlatform.Documents.Replication;
using ModelPlatform.Manifests;

namespace ModelPlatform.Documents.Log;

/// <summary>
/// All documents of this site: a map in memory, and in the record store the log it follows from. Writes wait for each other and go into one record together;
/// a record's number is taken by creating it, so several processes share one log, and who comes second reads first what the other wrote.
/// </summary>
internal sealed class DocumentLog(IRecordStore store, IManifestSigner? signer, TimeProvider time, string? siteName = null) : IDisposable
{
    private const int HeaviestRecord = 4 * 1024 * 1024;

    /// <summary>Records are kept for longer than a process may go without looking, so that nobody takes a number that was taken before.</summary>
    public static readonly TimeSpan LongestBlindness = TimeSpan.FromMinutes(1);

    private readonly Lock gate = new();
    private readonly SemaphoreSlim writing = new(1);
    private readonly Queue<Pending> queue = new();
    private readonly LogRecords records = new(store);
    private readonly HybridClock clock = new(time);
    private readonly Queue<(long Number, byte[] Content, long At)> young = new();
    private FieldMap map = new();
    private SiteVector seen = new();
    private LogIndex? index;
    private long applied;
    private long looked;

    /// <summary>Raised after something changed here, whoever changed it.</summary>
    public event Action? Changed;

    /// <summary>Records and bytes since the last compaction.</summary>
    internal (long Records, long Bytes) Uncompacted { get; private set; }

    internal LogRecords Records => records;

    /// <summary>Reads what is here now, after a look at what other processes wrote.</summary>
    public async ValueTask<T> ReadAsync<T>(Func<LogView, T> read, CancellationToken cancellationToken)
    {
        await writing.WaitAsync(cancellationToken);
        try
        {
            await CatchUpAsync(cancellationToken);
        }
        finally
        {
            writing.Release();
        }

        lock (gate)
        {
            return read(View());
        }
    }

    /// <summary>Changes something, durably. The change may be asked for more than once, each time with what is there then.</summary>
    public async Task<T> ChangeAsync<T>(Func<LogDraft, T> change, CancellationToken cancellationToken)
    {
        var pending = new Pending<T>(change);
        lock (gate)
        {
            queue.Enqueue(pending);
        }

        await writing.WaitAsync(CancellationToken.None);
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            while (!pending.IsDone)
            {
                await WriteAsync();
            }
        }
        catch
        {
            pending.IsAbandoned = true;
            throw;
        }
        finally
        {
            writing.Release();
        }

        return pending.Result;
    }

    /// <summary>
    /// Puts records again that the store acknowledged and has lost since, and forgets those it has had time to keep. A store that restarts loses its newest
    /// records: where the newest that is old enough is there, so are those before it.
    /// </summary>
    public async Task SettleAsync(TimeSpan age, CancellationToken cancellationToken)
    {
        List<(long Number, byte[] Content, long At)> due;
        lock (gate)
        {
            due = [.. young.TakeWhile(record => time.GetElapsedTime(record.At) >= age)];
        }

        if (due.Count == 0)
        {
            return;
        }

        if (await records.TryAppendAsync(due[^1].Number, due[^1].Content, cancellationToken))
        {
            foreach (var (number, content, _) in due)
            {
                await records.TryAppendAsync(number, content, cancellationToken);
            }
        }

        lock (gate)
        {
            due.ForEach(_ => young.TryDequeue(out var _));
        }
    }

    /// <summary>Writes the snapshot anew and names it in the index; false where another process did so meanwhile.</summary>
    public async Task<bool> CompactAsync(CancellationToken cancellationToken)
    {
        await ReadAsync(_ => true, cancellationToken);
        LogSnapshot snapshot;
        lock (gate)
        {
            snapshot = LogSnapshot.Take(index!, applied, map, seen);
            Uncompacted = default;
        }

        var (current, etag) = await records.ReadIndexAsync(cancellationToken);
        if (current is null || current.Log > applied || await snapshot.WriteAsync(records, current, etag!, time.GetUtcNow(), cancellationToken) is not { } written)
        {
            return false;
        }

        lock (gate)
        {
            index = written;
        }

        return true;
    }

    public void Dispose() => writing.Dispose();

    private LogView View() => new(map, seen, clock, index!.Epoch, siteName ?? index.Site);

    /// <summary>Writes what waits as one record. Only under <see cref="writing"/>.</summary>
    private async Task WriteAsync()
    {
        List<Pending> batch = [];
        try
        {
            await CatchUpAsync(CancellationToken.None);
            var (record, content) = Draft(batch);
            while (record is not null && !await records.TryAppendAsync(applied + 1, content, CancellationToken.None))
            {
                await CatchUpAsync(CancellationToken.None);
                (record, content) = Draft(batch);
            }

            if (record is not null)
            {
                lock (gate)
                {
                    Apply(record, content.Length, applied + 1);
                    young.Enqueue((applied, content, time.GetTimestamp()));
                }
            }

            batch.ForEach(pending => pending.Done());
            Tell(record);
        }
        catch (Exception exception) when (batch.Count > 0)
        {
            batch.ForEach(pending => pending.Fail(exception));
        }
    }

    private void Tell(LogRecord? record)
    {
        if (record?.States.Count > 0)
        {
            Changed?.Invoke();
        }
    }

    /// <summary>Runs the changes of a batch, which takes from the queue what it has room for; no record where nothing changes.</summary>
    private (LogRecord? Record, byte[] Content) Draft(List<Pending> batch)
    {
        lock (gate)
        {
            var draft = new LogDraft(map, clock, seen, siteName ?? index!.Site, signer);
            batch.ForEach(pending => pending.Run(draft));
            while (draft.Weight < HeaviestRecord && queue.TryDequeue(out var next))
            {
                if (!next.IsAbandoned)
                {
                    batch.Add(next);
                    next.Run(draft);
                }
            }

            var record = draft.IsEmpty ? null : draft.ToRecord();
            return (record, record is null ? [] : JsonSerializer.SerializeToUtf8Bytes(record, LogJson.Default.LogRecord));
        }
    }

    private async ValueTask CatchUpAsync(CancellationToken cancellationToken)
    {
        if (index is null || time.GetElapsedTime(looked) > LongestBlindness)
        {
            await OpenAsync(cancellationToken);
        }

        while (await records.ReadAsync(applied + 1, cancellationToken) is { } next)
        {
            lock (gate)
            {
                Apply(next.Record, next.Bytes, ++applied);
            }

            Tell(next.Record);
        }

        looked = time.GetTimestamp();
    }

    /// <summary>Reads the snapshot and every record behind it. A record the store has lost leaves a gap, which is no reason to leave out what follows: states need no order.</summary>
    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var (current, _) = await records.ReadIndexAsync(cancellationToken);
            if (current is null)
            {
                var drawn = Guid.CreateVersion7(time.GetUtcNow()).ToString("N");
                await records.WriteIndexAsync(new LogIndex(drawn, $"site-{drawn[^8..]}", 0, 0, new Dictionary<int, long>(), new Dictionary<string, HybridTime>(), []), null, cancellationToken);
                continue;
            }

            if (index is not null && current.Epoch == index.Epoch && current.Log <= applied)
            {
                return;
            }

            if (await LogSnapshot.ReadAsync(records, current, cancellationToken) is not { } states)
            {
                continue;
            }

            var numbers = (await records.ListAsync(cancellationToken)).Where(number => number > current.Log).ToList();
            var behind = await LogSnapshot.ReadAllAsync(numbers, number => records.ReadAsync(number, cancellationToken));
            lock (gate)
            {
                (map, seen, index, applied, Uncompacted) = (new FieldMap(), new SiteVector(), current, current.Log, default);
                seen.Advance(current.Seen);
                foreach (var (position, state) in states.OrderBy(state => state.Position).Select(state => (state.Position, state.State)))
                {
                    clock.Observe(state.Time);
                    map.Merge(state, position);
                }

                foreach (var (number, record) in behind)
                {
                    Apply(record.Record, record.Bytes, number);
                    applied = number;
                }
            }

            return;
        }
    }

    private void Apply(LogRecord record, int bytes, long number)
    {
        var position = record.First;
        foreach (var state in record.States)
        {
            clock.Observe(state.Time);
            map.Merge(state, position++);
        }

        foreach (var key in record.Forgotten ?? [])
        {
            map.Forget(key);
        }

        seen.Advance(record.Seen ?? new Dictionary<string, HybridTime>());
        applied = number;
        Uncompacted = (Uncompacted.Records + 1, Uncompacted.Bytes + bytes);
    }

    private abstract class Pending
    {
        private Exception? failure;

        public bool IsDone { get; private set; }

        public bool IsAbandoned { get; set; }

        public abstract void Run(LogDraft draft);

        public void Done() => IsDone = true;

        public void Fail(Exception exception) => (failure, IsDone) = (exception, true);

        protected void ThrowIfFailed()
        {
            if (failure is not null)
            {
                ExceptionDispatchInfo.Throw(failure);
            }
        }
    }

    private sealed class Pending<T>(Func<LogDraft, T> change) : Pending
    {
        private T? result;

        public T Result
        {
            get
            {
                ThrowIfFailed();
                return result!;
            }
        }

        public override void Run(LogDraft draft) => result = change(draft);
    }
}

/// <summary>What can be read of the log in one moment.</summary>
internal readonly record struct LogView(FieldMap Map, SiteVector Seen, HybridClock Clock, string Epoch, string Site);
