using System.Collections.Concurrent;
using ModelPlatform.Sources;

namespace ModelPlatform.Fetching.Transfer;

/// <summary>The part that watches connections: those that stand still are ended, those that crawl are raced.</summary>
internal sealed partial class FilePass
{
    private static readonly TimeSpan LongestTick = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan WorthHedging = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<Transfer, bool> transfers = new();
    private long lastBytesAt;

    private async Task MonitorAsync(CancellationToken cancellationToken)
    {
        var timeout = context.Options.NoProgressTimeout;
        using var timer = new PeriodicTimer(TimeSpan.FromTicks(Math.Min(LongestTick.Ticks, timeout.Ticks / 8)), context.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                Look(timeout);
            }
        }
        catch (OperationCanceledException)
        {
            // The pass is over.
        }
    }

    private void Look(TimeSpan timeout)
    {
        var active = transfers.Keys;
        if (!active.Any(transfer => transfer.IsWaiting))
        {
            // Nobody waits for the network: what holds the pass up is not the source.
            Volatile.Write(ref lastBytesAt, context.Time.GetTimestamp());
            return;
        }

        if (context.Time.GetElapsedTime(Volatile.Read(ref lastBytesAt)) >= timeout)
        {
            Fail(new SourceFailure(Silent(timeout), SourceFailureKind.Permanent));
            return;
        }

        foreach (var transfer in active)
        {
            if (transfer.Idle >= timeout)
            {
                transfer.Abort(Silent(timeout));
            }
            else if (transfer.IsTooSlow(context.Options.RateWindow, (long)(context.Options.MinimumBytesPerSecond * context.Options.RateWindow.TotalSeconds)) && transfer.Received > 0)
            {
                transfer.Abort(new PlatformError(
                    ErrorCode.NetworkTimeout, $"The source '{request.Source}' sent '{request.Path}' slower than {context.Options.MinimumBytesPerSecond} bytes a second."));
            }
            else if (ShouldHedge(transfer, timeout))
            {
                Hedge(transfer);
            }
        }
    }

    private PlatformError Silent(TimeSpan timeout) =>
        new(ErrorCode.NetworkTimeout, $"The source '{request.Source}' sent nothing of '{request.Path}' for {timeout.TotalSeconds:0.#} s.");

    private bool ShouldHedge(Transfer transfer, TimeSpan timeout)
    {
        if (request.IsSequential || size is null || transfer.IsHedge || transfer.Slot is not { IsHedged: false } slot)
        {
            return false;
        }

        if (transfer.Idle >= timeout / 2)
        {
            return true;
        }

        var elapsed = context.Time.GetElapsedTime(transfer.StartedAt);
        var average = Volatile.Read(ref averageChunkMilliseconds);
        if (Volatile.Read(ref nextClaim) < ChunkCount || elapsed < WorthHedging || average == 0)
        {
            return false;
        }

        var rest = elapsed.TotalMilliseconds * (slot.Length - slot.Filled) / Math.Max(transfer.Received, 1);
        return rest > Math.Max(average * 3, WorthHedging.TotalMilliseconds);
    }

    /// <summary>Asks for the rest of a chunk a second time; who has it first finishes it.</summary>
    private void Hedge(Transfer slow)
    {
        if (slow.Slot is not { } slot || context.Budget.TryRent(slot.Buffer.Length) is not { } buffer)
        {
            return;
        }

        slot.IsHedged = true;
        background.Add(WatchAsync(() => HedgeAsync(slow, slot, buffer)));
    }

    private async Task HedgeAsync(Transfer slow, Slot slot, ChunkBuffer buffer)
    {
        var copy = new Slot(slot.Index, slot.Offset, slot.Length, buffer) { Filled = slot.Filled, IsHedged = true };
        slot.Buffer.Memory.Span[..copy.Filled].CopyTo(buffer.Memory.Span);
        using var transfer = new Transfer(context.Time, stop.Token) { Slot = copy, IsHedge = true };
        transfers[transfer] = true;
        try
        {
            await using (var opened = await context.Calls.OpenAsync(
                request.Source, request.File with { Validator = validator }, new SourceRange(copy.Offset + copy.Filled, copy.Length - copy.Filled), transfer.Token))
            {
                Check(opened.Content, copy.Offset + copy.Filled);
                while (copy.Filled < copy.Length && !slot.IsDone)
                {
                    var count = await ReadSomeAsync(transfer, opened.Content.Body, buffer.Memory[copy.Filled..copy.Length]);
                    if (count == 0)
                    {
                        return;
                    }

                    copy.Filled += count;
                }
            }

            transfer.Slot = null;
            if (copy.Filled == copy.Length && await FinishAsync(copy, slot))
            {
                slow.Overtake();
            }
        }
        catch (Exception exception) when (exception is SourceFailure or IOException or HttpRequestException or OperationCanceledException && !stop.IsCancellationRequested)
        {
            // The first connection is still there, with its own limits.
        }
        finally
        {
            transfers.TryRemove(transfer, out _);
            copy.Release();
        }
    }
}
