using ModelPlatform.Sources;

namespace ModelPlatform.Fetching.Transfer;

/// <summary>The part that reads from the source.</summary>
internal sealed partial class FilePass
{
    private const int PatientFailures = 5;
    private static readonly TimeSpan FirstBackOff = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(2);

    private readonly TaskCompletionSource firstAnswer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource firstRange = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? validator;
    private OpenedFile? handedOver;
    private OpenedFile? whole;
    private long joinedAt;
    private long averageChunkMilliseconds;
    private long receivedInAll;
    private int asked;
    private int refusalsAfterBytes;

    /// <summary>Whether something shows that two answers are of one file.</summary>
    private bool IsGuarded => request.IsGuarded || validator is not null;

    private bool TakesRanges => request.File.AcceptsRanges != false && !request.AsksForAll;

    /// <summary>One connection, chunk after chunk, for sources that can do no more, and for files whose size is not known.</summary>
    private async Task ReadInOrderAsync()
    {
        Slot? current = null;
        var isAtEnd = false;
        var endsBefore = -1;

        async ValueTask<Slot?> SlotAtAsync(int index)
        {
            if (current?.Index == index)
            {
                return current;
            }

            if (isAtEnd || (size is not null && index >= ChunkCount))
            {
                return null;
            }

            if (endsBefore == index)
            {
                return null;
            }

            current?.Release();
            return current = NewSlot(index, await context.Budget.RentAsync((int)Math.Min(request.ChunkSize, size ?? long.MaxValue), stop.Token));
        }

        try
        {
            var index = 0;
            while (await SlotAtAsync(index) is { } slot)
            {
                if (CanReuse(index) && await TryReuseAsync(slot))
                {
                    index++;
                    continue;
                }

                // What is stored behind a hole is not asked for again, where the source can leave it out.
                endsBefore = TakesRanges ? request.Stored.Keys.Where(stored => stored > index).DefaultIfEmpty(-1).Min() : -1;
                index = await TransferAsync(SlotAtAsync, index, endsBefore < 0 ? size ?? long.MaxValue : (long)endsBefore * request.ChunkSize, () => isAtEnd = true);
                endsBefore = -1;
                if (isAtEnd)
                {
                    return;
                }
            }
        }
        finally
        {
            current?.Release();
        }
    }

    /// <summary>Reads chunks in order until there is none, over as many connections, one after the other, as it takes.</summary>
    /// <param name="slotAt">The chunk at an index; null ends the run.</param>
    /// <param name="index">The first.</param>
    /// <param name="end">Where the range ends in the file.</param>
    /// <param name="ended">Told when a file of unknown size has ended.</param>
    /// <returns>Index after the last chunk.</returns>
    private async Task<int> TransferAsync(Func<int, ValueTask<Slot?>> slotAt, int index, long end, Action? ended = null)
    {
        for (var failures = 0; ;)
        {
            if (await slotAt(index) is not { } slot)
            {
                return index;
            }

            if (slot.IsDone)
            {
                index++;
                continue;
            }

            using var transfer = new Transfer(context.Time, stop.Token) { Slot = slot };
            try
            {
                await gate.EnterAsync(stop.Token);
                transfers[transfer] = true;
                try
                {
                    await ReadAsync(transfer, slotAt, end, ended, next => index = next);
                    return index;
                }
                finally
                {
                    transfers.TryRemove(transfer, out _);
                    gate.Exit();
                }
            }
            catch (OperationCanceledException) when (transfer.IsOvertaken && !stop.IsCancellationRequested)
            {
                failures = 0;
            }
            catch (OperationCanceledException exception) when (transfer.Reason is not null && !stop.IsCancellationRequested)
            {
                await RecoverAsync(new SourceFailure(transfer.Reason, SourceFailureKind.Transient, exception), ++failures, slot);
            }
            catch (SourceFailure failed)
            {
                failures = transfer.Received > 0 ? 0 : failures + 1;
                await RecoverAsync(failed, failures, slot);
            }
        }
    }

    private async Task ReadAsync(Transfer transfer, Func<int, ValueTask<Slot?>> slotAt, long end, Action? ended, Action<int> advance)
    {
        var slot = transfer.Slot!;
        var from = slot.Offset + slot.Filled;
        var range = request.AsksForAll || (from == 0 && request.IsSequential && end == (size ?? long.MaxValue)) ? new SourceRange(0) : new SourceRange(from, end == long.MaxValue ? null : end - from);
        await using var opened = await OpenAsync(transfer, range, from);
        var content = opened.Content;
        await SkipAsync(transfer, content.Body, from - content.Offset, slot.Buffer, slot.Filled);
        for (var position = from; ;)
        {
            var startedAt = context.Time.GetTimestamp();
            while (slot.Filled < slot.Length)
            {
                var count = await ReadSomeAsync(transfer, content.Body, slot.Buffer.Memory[slot.Filled..slot.Length]);
                if (count == 0)
                {
                    await EndOfBodyAsync(transfer, content, slot, position, ended, advance);
                    return;
                }

                slot.Filled += count;
                position += count;
                if (context.Options.MaxFileSize > 0 && position > context.Options.MaxFileSize)
                {
                    throw SourceFailure.Of(FetchErrors.TooLarge(request.Path, null, context.Options.MaxFileSize));
                }
            }

            NoteDuration(startedAt);
            slot.Provider = content.Provider;
            transfer.Slot = null;
            if ((request.IsSequential || size is null) && request.KnownChunks is null)
            {
                FinishBeside(slot);
            }
            else
            {
                await FinishAsync(slot);
            }

            advance(slot.Index + 1);
            if (await slotAt(slot.Index + 1) is not { } next || next.IsDone || next.Offset + next.Filled != position)
            {
                return;
            }

            transfer.Slot = slot = next;
        }
    }

    /// <summary>Opens and looks at what the answer says of itself. One that can't be joined to what is here, but brings the whole, is left open for the pass that begins anew.</summary>
    private async Task<OpenedFile> OpenAsync(Transfer transfer, SourceRange range, long from)
    {
        transfer.BeginWait();
        var opened = Interlocked.Exchange(ref handedOver, null)
            ?? await context.Calls.OpenAsync(request.Source, request.File with { Validator = validator }, range, transfer.Token);
        transfer.EndWait(0);
        try
        {
            Check(opened.Content, from);
            firstAnswer.TrySetResult();
            if (from > 0)
            {
                firstRange.TrySetResult();
            }

            return opened;
        }
        catch (SourceFailure failed)
        {
            var isWhole = opened.Content.Offset == 0 && (from > 0 || opened.Content.Length is not { } length || length >= size);
            if (!isWhole || failed.Kind is not (SourceFailureKind.NoRanges or SourceFailureKind.Moved or SourceFailureKind.Restart)
                || Interlocked.CompareExchange(ref whole, opened, null) is not null)
            {
                await opened.DisposeAsync();
            }

            throw;
        }
    }

    /// <summary>
    /// The first answer shows whether the file is the planned one, the first that does not begin at byte 0 whether ranges work. The other connections wait a moment for
    /// them, so that little is sent for nothing where not.
    /// </summary>
    private async ValueTask WaitForAnswerAsync()
    {
        var turn = Interlocked.Increment(ref asked);
        var awaited = turn == 1 ? Task.CompletedTask : turn == 2 ? firstAnswer.Task : firstRange.Task;
        if (awaited.IsCompleted)
        {
            return;
        }

        try
        {
            await awaited.WaitAsync(AnswerPatience, context.Time, stop.Token);
        }
        catch (TimeoutException)
        {
            // A slow answer holds nobody up for longer.
        }
    }

    private async ValueTask<int> ReadSomeAsync(Transfer transfer, Stream body, Memory<byte> target)
    {
        transfer.BeginWait();
        var count = 0;
        try
        {
            count = await body.ReadAsync(target, transfer.Token);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !transfer.Token.IsCancellationRequested)
        {
            throw SourceFailure.Of(SourceCalls.Error(request.Source, exception));
        }
        finally
        {
            transfer.EndWait(count);
        }

        if (count > 0)
        {
            Volatile.Write(ref lastBytesAt, context.Time.GetTimestamp());
            Interlocked.Add(ref receivedInAll, count);
            gate.Received(count);
            context.Progress.BytesReceived(count);
            FetchTelemetry.CountReceived(request.Source, count);
        }

        return count;
    }

    private void Check(SourceContent content, long from)
    {
        if (content.TotalSize is { } total && size is not null && total != size)
        {
            throw Moved(SourceFailureKind.Replaced, $"its size was {size} bytes and is {total}");
        }

        if (content.Sha256 is not null && request.File.Sha256 is not null && !string.Equals(content.Sha256, request.File.Sha256, StringComparison.OrdinalIgnoreCase))
        {
            throw Moved(SourceFailureKind.Replaced, "its digest changed");
        }

        if (content.TotalSize is { } large && context.Options.MaxFileSize > 0 && large > context.Options.MaxFileSize)
        {
            throw SourceFailure.Of(FetchErrors.TooLarge(request.Path, large, context.Options.MaxFileSize));
        }

        if (content.Offset == 0 && content.Length is { } length && size is not null && content.TotalSize is null && length > size)
        {
            throw Moved(SourceFailureKind.Replaced, $"its size was {size} bytes and is {length}");
        }

        if (!request.IgnoresValidator && content.Validator is not null && (Interlocked.CompareExchange(ref validator, content.Validator, null) ?? content.Validator) != content.Validator)
        {
            throw Moved(SourceFailureKind.Moved, "its validator changed");
        }

        if (content.Offset == from)
        {
            joinedAt = from == 0 || IsGuarded ? joinedAt : Math.Max(joinedAt, from);
            return;
        }

        if (content.Offset != 0 || !(request.IsSequential || size is null))
        {
            throw new SourceFailure(
                new PlatformError(ErrorCode.DownloadIncomplete, $"The source '{request.Source}' answered bytes of '{request.Path}' from {content.Offset} where {from} was asked: it can't give ranges."),
                SourceFailureKind.NoRanges);
        }

        if (!IsGuarded)
        {
            throw new SourceFailure(Incomplete(from), SourceFailureKind.Restart);
        }
    }

    private SourceFailure Moved(SourceFailureKind kind, string how) =>
        new(new PlatformError(ErrorCode.IntegrityFailed, $"'{request.Path}' changed at the source '{request.Source}' while it was being fetched: {how}."), kind);

    /// <summary>Reads over what is here already, into the free part of the buffer.</summary>
    private async Task SkipAsync(Transfer transfer, Stream body, long count, ChunkBuffer buffer, int filled)
    {
        while (count > 0)
        {
            var scratch = buffer.Memory[filled..];
            var read = await ReadSomeAsync(transfer, body, scratch[..(int)Math.Min(scratch.Length, count)]);
            count -= read > 0 ? read : throw new SourceFailure(Incomplete(0), SourceFailureKind.Transient);
        }
    }

    private async Task EndOfBodyAsync(Transfer transfer, SourceContent content, Slot slot, long position, Action? ended, Action<int> advance)
    {
        if (size is not null || (content.Length is { } length && position - content.Offset < length) || (content.TotalSize is { } total && position != total))
        {
            throw new SourceFailure(Incomplete(position), SourceFailureKind.Transient);
        }

        if (content.Length is null && !content.IsEndCertain && !request.IsPinned && !await IsEndAsync(transfer, position))
        {
            throw new SourceFailure(Incomplete(position), SourceFailureKind.Transient);
        }

        transfer.Slot = null;
        if (slot.Filled > 0)
        {
            await FinishAsync(slot);
        }
        else
        {
            slot.Release();
        }

        advance(slot.Index + 1);
        ended?.Invoke();
    }

    /// <summary>A connection that closes proves no end. Asking for what would follow does.</summary>
    private async Task<bool> IsEndAsync(Transfer transfer, long position)
    {
        try
        {
            transfer.BeginWait();
            await using var beyond = await context.Calls.OpenAsync(request.Source, request.File with { Validator = validator }, new SourceRange(position), transfer.Token);
            transfer.EndWait(0);
            var scratch = new byte[64 * 1024];
            for (var at = beyond.Content.Offset; ;)
            {
                var read = await ReadSomeAsync(transfer, beyond.Content.Body, scratch);
                if (read == 0)
                {
                    return at == position;
                }

                at += read;
                if (at > position)
                {
                    return false;
                }
            }
        }
        catch (SourceFailure failed) when (failed.Error.Code == ErrorCode.RangeNotSatisfiable)
        {
            return true;
        }
    }

    private PlatformError Incomplete(long position) => new(
        ErrorCode.DownloadIncomplete,
        $"The source '{request.Source}' ended '{request.Path}' after {position} bytes{(size is null ? string.Empty : $" of {size}")}.");

    /// <summary>Waits before the next try, or throws what ends the pass.</summary>
    private async Task RecoverAsync(SourceFailure failed, int failures, Slot slot)
    {
        // An address that gave bytes may have expired: opening again resolves it anew.
        var isExpiry = failed.Kind == SourceFailureKind.Permanent && failed.Error.Code is ErrorCode.AccessDenied or ErrorCode.ModelNotFound
            && Volatile.Read(ref receivedInAll) > 0 && Interlocked.Increment(ref refusalsAfterBytes) <= 2;
        if (failed.Kind != SourceFailureKind.Transient && !isExpiry)
        {
            throw failed;
        }

        var patience = failed.Error.Code == ErrorCode.NetworkTimeout ? 2 : PatientFailures;
        if (failures >= patience)
        {
            throw new SourceFailure(failed.Error, SourceFailureKind.Permanent, failed);
        }

        var wait = failed.Error.RetryAfter ?? BackOff(failures);
        gate.Refused(failed.Error, wait);
        if (wait > Limit(LongestWait))
        {
            // Too long to keep buffers and connections: the job waits instead.
            throw new SourceFailure(failed.Error, SourceFailureKind.Permanent, failed);
        }

        await Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, context.Time, stop.Token);
        if (!IsGuarded && !TakesRanges && (slot.Offset > 0 || slot.Filled > 0))
        {
            throw new SourceFailure(failed.Error, SourceFailureKind.Restart, failed);
        }
    }

    private static TimeSpan BackOff(int failures)
    {
        var ceiling = failures == 0 ? 0 : Math.Min(LongestBackOff.TotalMilliseconds, FirstBackOff.TotalMilliseconds * Math.Pow(2, failures - 1));
        return TimeSpan.FromMilliseconds(ceiling * (0.5 + (Random.Shared.NextDouble() / 2)));
    }

    private TimeSpan Limit(TimeSpan wait) => wait < context.Options.NoProgressTimeout ? wait : context.Options.NoProgressTimeout;

    private void NoteDuration(long startedAt)
    {
        var milliseconds = (long)context.Time.GetElapsedTime(startedAt).TotalMilliseconds + 1;
        var average = Volatile.Read(ref averageChunkMilliseconds);
        Volatile.Write(ref averageChunkMilliseconds, average == 0 ? milliseconds : ((average * 7) + milliseconds) / 8);
    }
}
