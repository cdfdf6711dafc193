using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using ModelPlatform.Chunks;
using ModelPlatform.Integrity;
using ModelPlatform.Sources;

namespace ModelPlatform.Fetching.Transfer;

/// <summary>
/// Takes one file from one source: claims chunks in order, reads them over several connections, verifies, stores and notes them, and hashes the whole in order.
/// A buffer is rented before its chunk is claimed, so the lowest missing chunk of a file always has one: see <see cref="BufferBudget"/>.
/// </summary>
internal sealed partial class FilePass : IDisposable
{
    private readonly FetchContext context;
    private readonly PassRequest request;
    private readonly ConnectionGate gate;
    private readonly CancellationTokenSource stop;
    private readonly OrderedDigest digest;
    private readonly Lock claiming = new();
    private readonly ConcurrentDictionary<int, JournaledChunk> done = new();
    private readonly ConcurrentBag<Task> background = [];
    private readonly long? size;
    private int nextClaim;
    private Activity? storing;
    private Exception? failure;

    public FilePass(FetchContext context, PassRequest request, CancellationToken cancellationToken)
    {
        (this.context, this.request) = (context, request);
        gate = context.GateOf(request.SourceIndex);
        stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        size = request.File.Size;
        validator = request.IgnoresValidator ? null : request.File.Validator;
        handedOver = request.Opened;
        lastBytesAt = context.Time.GetTimestamp();
        digest = new OrderedDigest(request.File is { GitBlobSha1: not null, Sha256: null, Size: { } length } ? new GitBlobHash(length) : null);
    }

    private int ChunkCount => request.Confirms ?? (int)((size!.Value + request.ChunkSize - 1) / request.ChunkSize);

    public async Task<PassOutcome> RunAsync(CancellationToken cancellationToken)
    {
        using var storing = this.storing = ChunkTelemetry.StartStoring();
        using var reading = FetchTelemetry.StartRead(request.Source);
        using var watching = new CancellationTokenSource();
        var digesting = digest.RunAsync(stop.Token);
        var monitoring = MonitorAsync(watching.Token);
        await Task.WhenAll(request.IsSequential || size is null
            ? [WatchAsync(ReadInOrderAsync)]
            : Enumerable.Range(0, Math.Min(context.Options.Connections, ChunkCount)).Select(_ => WatchAsync(WorkAsync)));
        await watching.CancelAsync();
        await monitoring;
        await Task.WhenAll(background);
        await (handedOver?.DisposeAsync() ?? ValueTask.CompletedTask);
        storing?.SetTag("modelplatform.chunks", done.Count);
        reading?.SetTag("error.type", (failure as SourceFailure)?.Error.Code.WireName());
        if (failure is null)
        {
            digest.End(done.Count);
            var (sha256, git) = await digesting;
            return new PassCompleted(done, done.Values.Sum(chunk => (long)chunk.Length), sha256, git) { JoinedAt = joinedAt };
        }

        await Task.WhenAny(digesting);
        if (failure is SourceFailure source)
        {
            return new PassFailed(done, source) { Whole = whole, Validator = validator };
        }

        await (whole?.DisposeAsync() ?? ValueTask.CompletedTask);
        cancellationToken.ThrowIfCancellationRequested();
        ExceptionDispatchInfo.Throw(failure);
        throw failure;
    }

    public void Dispose()
    {
        digest.Dispose();
        stop.Dispose();
    }

    /// <summary>The first failure ends the pass; what follows from ending it is not one.</summary>
    private async Task WatchAsync(Func<Task> work)
    {
        try
        {
            await Task.Yield();
            await work();
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
    }

    private void Fail(Exception exception)
    {
        if (Interlocked.CompareExchange(ref failure, exception, null) is null)
        {
            stop.Cancel();
        }
    }

    private async Task WorkAsync()
    {
        while (await ClaimAsync() is { } slots)
        {
            try
            {
                if (!await TryReuseAsync(slots[0]))
                {
                    await WaitForAnswerAsync();
                    var last = slots[^1];
                    await TransferAsync(index => ValueTask.FromResult(index - slots[0].Index < slots.Count ? slots[index - slots[0].Index] : null), slots[0].Index, last.Offset + last.Length);
                }
            }
            finally
            {
                slots.ForEach(slot => slot.Release());
            }
        }
    }

    /// <summary>Rents a buffer, then takes the next chunk, and those after it that a connection should read in one go while buffers are free.</summary>
    private async ValueTask<List<Slot>?> ClaimAsync()
    {
        if (Volatile.Read(ref nextClaim) >= ChunkCount)
        {
            return null;
        }

        var length = (int)Math.Min(request.ChunkSize, size!.Value);
        var buffer = await context.Budget.RentAsync(length, stop.Token);
        lock (claiming)
        {
            if (nextClaim >= ChunkCount)
            {
                buffer.Release();
                return null;
            }

            var slots = new List<Slot> { NewSlot(nextClaim++, buffer) };
            var isFresh = !CanReuse(slots[0].Index);
            while (isFresh && slots.Count < ChunksAtOnce() && nextClaim < ChunkCount && !CanReuse(nextClaim) && context.Budget.TryRent(length) is { } more)
            {
                slots.Add(NewSlot(nextClaim++, more));
            }

            return slots;
        }
    }

    // Long ranges spare round trips where chunks arrive fast; near the end, and on slow lines, short ones share the rest evenly.
    private int ChunksAtOnce()
    {
        var average = Volatile.Read(ref averageChunkMilliseconds);
        var fair = (ChunkCount - nextClaim) / (context.Options.Connections * 4);
        return average is 0 or > 500 ? 1 : Math.Clamp(fair, 1, 4);
    }

    private Slot NewSlot(int index, ChunkBuffer buffer)
    {
        var offset = (long)index * request.ChunkSize;
        return new Slot(index, offset, (int)Math.Min(request.ChunkSize, (size ?? long.MaxValue) - offset), buffer);
    }

    private bool CanReuse(int index) => request.Confirms is null && (request.Stored.ContainsKey(index) || request.KnownChunks is not null);

    /// <summary>Uses a chunk that is in the store already, after hashing it again.</summary>
    private async ValueTask<bool> TryReuseAsync(Slot slot)
    {
        var isStored = request.Stored.TryGetValue(slot.Index, out var stored);
        var id = request.KnownChunks?[slot.Index] ?? stored.Id;
        var content = slot.Buffer.Memory[..slot.Length];
        if (!CanReuse(slot.Index) || (isStored && stored.Length != slot.Length) || await ReadStoredAsync(id, slot.Offset, content) is not { } length)
        {
            return false;
        }

        if (length == slot.Length && Sha256Digest.Of(content.Span) == id)
        {
            slot.TryFinish();
            digest.Add(slot.Index, slot.Buffer, slot.Length);
            Note(new JournaledChunk(slot.Index, id, slot.Length, isStored ? stored.Source : -1), isReused: true);
            slot.Release();
            return true;
        }

        IntegrityTelemetry.ChunkFromStore();
        await context.Store.QuarantineAsync(id, stop.Token);
        return false;
    }

    private async ValueTask<int?> ReadStoredAsync(Sha256Digest id, long offset, Memory<byte> content) =>
        context.Store is IPlacedChunkStore placed ? await placed.ReadAsync(request.Path, offset, content, stop.Token)
        : await context.Store.TouchAsync(id, stop.Token) is not { } length ? null
        : length == content.Length ? await context.Store.ReadAsync(id, content, stop.Token) : 0;

    /// <summary>Verifies and stores a chunk that has arrived whole.</summary>
    /// <param name="slot">Where it arrived.</param>
    /// <param name="original">The chunk it was raced for; null where it is the chunk itself.</param>
    /// <returns>False where another connection was first.</returns>
    private async Task<bool> FinishAsync(Slot slot, Slot? original = null)
    {
        var content = slot.Buffer.Memory[..slot.Filled];
        var id = Sha256Digest.Of(content.Span);
        if (slot.Index == 0)
        {
            RefuseWebPage(content.Span);
        }

        if (request.KnownChunks?[slot.Index] is { } expected && id != expected)
        {
            IntegrityTelemetry.ChunkFromSource();
            slot.Filled = 0;
            throw new SourceFailure(
                FetchErrors.WrongChunk(request.Path, slot.Index, request.Source, expected, id), ++slot.Mismatches == 1 ? SourceFailureKind.Transient : SourceFailureKind.Permanent);
        }

        if (!(original ?? slot).TryFinish())
        {
            return false;
        }

        if (request.Confirms is not null)
        {
            slot.Release();
            return true;
        }

        digest.Add(slot.Index, slot.Buffer, slot.Filled);
        Activity.Current = storing ?? Activity.Current;
        if (context.Store is IPlacedChunkStore placed)
        {
            await placed.PutAsync(request.Path, slot.Offset, content, stop.Token);
        }
        else
        {
            ChunkTelemetry.Count(await context.Store.PutAsync(id, content, stop.Token), slot.Filled);
        }

        Note(new JournaledChunk(slot.Index, id, slot.Filled, request.SourceIndex), isReused: false, slot.Provider);
        slot.Release();
        return true;
    }

    /// <summary>The same beside the reading, where one connection has to bring everything.</summary>
    private void FinishBeside(Slot slot)
    {
        slot.Buffer.Hold();
        background.Add(WatchAsync(async () =>
        {
            try
            {
                await FinishAsync(slot);
            }
            finally
            {
                slot.Buffer.Release();
            }
        }));
    }

    private void Note(JournaledChunk chunk, bool isReused, string? provider = null)
    {
        done[chunk.Index] = chunk;
        if (!isReused || !request.Stored.ContainsKey(chunk.Index))
        {
            context.Commits.Add(request.FileIndex, chunk);
        }

        FetchTelemetry.CountChunk(isReused);
        if (isReused)
        {
            ChunkTelemetry.CountReused(chunk.Length);
        }

        context.Progress.ChunkVerified(new VerifiedChunk(request.FileIndex, request.Path, chunk.Index, chunk.Length, isReused, isReused ? -1 : chunk.Source) { Provider = provider });
    }

    private void RefuseWebPage(ReadOnlySpan<byte> content)
    {
        var start = System.Text.Encoding.ASCII.GetString(content[..Math.Min(content.Length, 64)]).TrimStart();
        var isPage = start.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase) || start.StartsWith("<html", StringComparison.OrdinalIgnoreCase);
        if (isPage && !request.IsPinned && Path.GetExtension(request.Path).ToUpperInvariant() is not (".HTML" or ".HTM" or ".XHTML" or ".MD" or ".TXT"))
        {
            throw new SourceFailure(
                new PlatformError(ErrorCode.IntegrityFailed, $"The source '{request.Source}' sent a web page in place of '{request.Path}': it may ask for a login."), SourceFailureKind.Permanent);
        }
    }
}
