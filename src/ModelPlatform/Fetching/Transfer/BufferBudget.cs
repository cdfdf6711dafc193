using System.Buffers;
using System.Numerics;

namespace ModelPlatform.Fetching.Transfer;

/// <summary>
/// The memory all fetches of this process share. Who waits is served in order. It cannot deadlock as long as whoever holds a buffer never waits for another one
/// before the first is on its way, and as long as a file's buffers are taken in the order of its chunks: then the lowest chunk that is missing always has one.
/// </summary>
internal sealed class BufferBudget
{
    // Shorter pieces come from the shared pool, so that a thousand small files do not take a thousand full buffers.
    private const int Small = 256 * 1024;

    private readonly Lock gate = new();
    private readonly Queue<Waiter> waiters = new();
    // Kept for ever: letting them go would only have the next fetch allocate as much again before the collector has taken the first.
    private readonly Stack<byte[]> idle = new();
    private long available;

    public BufferBudget(long limit, int chunkSize) => (available, ChunkSize) = (limit, chunkSize);

    /// <summary>Length of a full buffer in bytes.</summary>
    public int ChunkSize { get; }

    /// <summary>Bytes that are free.</summary>
    internal long Available => Interlocked.Read(ref available);

    /// <summary>Waits for a buffer of <paramref name="length"/> bytes.</summary>
    public ValueTask<ChunkBuffer> RentAsync(int length, CancellationToken cancellationToken)
    {
        Waiter waiter;
        lock (gate)
        {
            if (waiters.Count == 0 && TryTake(length))
            {
                return ValueTask.FromResult(Allocate(length));
            }

            waiter = new Waiter(length);
            waiters.Enqueue(waiter);
        }

        return WaitAsync(waiter, cancellationToken);
    }

    /// <summary>Takes a buffer if one is free and nobody waits.</summary>
    public ChunkBuffer? TryRent(int length)
    {
        lock (gate)
        {
            return waiters.Count == 0 && TryTake(length) ? Allocate(length) : null;
        }
    }

    internal void Return(ChunkBuffer buffer)
    {
        List<Waiter>? served = null;
        lock (gate)
        {
            available += Cost(buffer.Length);
            if (IsFull(buffer.Length))
            {
                idle.Push(buffer.Array);
            }
            else
            {
                ArrayPool<byte>.Shared.Return(buffer.Array);
            }

            while (waiters.TryPeek(out var next) && (next.IsAbandoned || TryTake(next.Length)))
            {
                waiters.Dequeue();
                if (!next.IsAbandoned)
                {
                    (served ??= []).Add(next);
                }
            }
        }

        foreach (var waiter in served ?? [])
        {
            var given = Allocate(waiter.Length);
            if (!waiter.Completion.TrySetResult(given))
            {
                given.Release();
            }
        }
    }

    private static async ValueTask<ChunkBuffer> WaitAsync(Waiter waiter, CancellationToken cancellationToken)
    {
        using var registration = cancellationToken.Register(() =>
        {
            waiter.IsAbandoned = true;
            waiter.Completion.TrySetCanceled(cancellationToken);
        });
        return await waiter.Completion.Task;
    }

    private bool TryTake(int length)
    {
        if (available < Cost(length))
        {
            return false;
        }

        available -= Cost(length);
        return true;
    }

    private ChunkBuffer Allocate(int length)
    {
        if (IsFull(length))
        {
            lock (gate)
            {
                return new ChunkBuffer(this, idle.TryPop(out var array) ? array : GC.AllocateUninitializedArray<byte>(ChunkSize, pinned: true), length);
            }
        }

        return new ChunkBuffer(this, ArrayPool<byte>.Shared.Rent(Math.Max(length, 1)), length);
    }

    private bool IsFull(int length) => length > Small || ChunkSize <= Small;

    private long Cost(int length) => IsFull(length) ? ChunkSize : BitOperations.RoundUpToPowerOf2((uint)Math.Max(length, 16));

    private sealed class Waiter(int length)
    {
        public int Length { get; } = length;

        public TaskCompletionSource<ChunkBuffer> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public volatile bool IsAbandoned;
    }
}
