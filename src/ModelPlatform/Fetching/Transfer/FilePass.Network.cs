using ModelPlatform.Sources;

namespace ModelPlatform.Fetching.Transfer;

/// <summary>The part that reads from the source.</summary>
internal sealed partial class FilePass
{
    private const int PatientFailures = 5;
    private static readonly TimeSpan FirstBackOff = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private string? validator;
    private long averageChunkMilliseconds;
    private long receivedInAll;
    private int shiftedAnswers;
    private int refusalsAfterBytes;

    /// <summary>One connection, chunk after chunk, for sources that can do no more, and for files whose size is not known.</summary>
    private async Task ReadInOrderAsync()
    {
        Slot? current = null;
        var isAtEnd = false;

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

                index = await TransferAsync(SlotAtAsync, index, size ?? long.MaxValue, () => isAtEnd = true);
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
        var range = request.AsksForAll || (from == 0 && request.IsSequential) ? new SourceRange(0) : new SourceRange(from, end == long.MaxValue ? null : end - from);
        transfer.BeginWait();
        await using var opened = await context.Calls.OpenAsync(
            request.Source, request.File with { Validator = validator }, range, transfer.Token);
        transfer.EndWait(0);
        var content = opened.Content;
        Check(content, from);
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
        }

        return count;
    }

    private void Check(SourceContent content, long from)
    {
        if (content.Validator is not null && (Interlocked.CompareExchange(ref validator, content.Validator, null) ?? content.Validator) != content.Validator)
        {
            throw Moved("its validator changed");
        }

        if (content.TotalSize is { } total && size is not null && total != size)
        {
            throw Moved($"its size was {size} bytes and is {total}");
        }

        if (content.Sha256 is not null && request.File.Sha256 is not null && !string.Equals(content.Sha256, request.File.Sha256, StringComparison.OrdinalIgnoreCase))
        {
            throw Moved("its digest changed");
        }

        if (content.TotalSize is { } large && context.Options.MaxFileSize > 0 && large > context.Options.MaxFileSize)
        {
            throw SourceFailure.Of(FetchErrors.TooLarge(request.Path, large, context.Options.MaxFileSize));
        }

        if (content.Offset == 0 && content.Length is { } whole && size is not null && content.TotalSize is null && whole > size)
        {
            throw Moved($"its size was {size} bytes and is {whole}");
        }

        if (content.Offset == from)
        {
            return;
        }

        if (content.Offset == 0 && (request.IsSequential || size is null))
        {
            return;
        }

        if (content.Offset == 0 || Interlocked.Increment(ref shiftedAnswers) > 1)
        {
            throw new SourceFailure(new PlatformError(ErrorCode.DownloadIncomplete, $"The source '{request.Source}' does not answer ranges of '{request.Path}'."), SourceFailureKind.NoRanges);
        }

        throw new SourceFailure(
            new PlatformError(ErrorCode.DownloadIncomplete, $"The source '{request.Source}' answered bytes of '{request.Path}' from {content.Offset} where {from} was asked."), SourceFailureKind.Transient);
    }

    private SourceFailure Moved(string how) =>
        new(new PlatformError(ErrorCode.IntegrityFailed, $"'{request.Path}' changed at the source '{request.Source}' while it was being fetched: {how}."), SourceFailureKind.Moved);

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
        if (size is not null || (content.Length is { } length && position - content.Offset < length))
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

        if (!request.IsGuarded && validator is null && (slot.Offset > 0 || slot.Filled > 0))
        {
            throw new SourceFailure(failed.Error, SourceFailureKind.Restart, failed);
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
