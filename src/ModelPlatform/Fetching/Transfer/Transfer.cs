using ModelPlatform.Sources;

namespace ModelPlatform.Fetching.Transfer;

/// <summary>One connection at work, as the monitor sees it. Only time spent waiting for the network counts against it.</summary>
internal sealed class Transfer(TimeProvider time, CancellationToken stop) : IDisposable
{
    private readonly CancellationTokenSource cancellation = CancellationTokenSource.CreateLinkedTokenSource(stop);
    private readonly Lock ending = new();
    private bool isOver;
    private long waitingSince;
    private long windowWaited;
    private long windowBytes;
    private int isWaiting;

    public CancellationToken Token => cancellation.Token;

    /// <summary>The chunk being read; null before and between.</summary>
    public Slot? Slot { get; set; }

    public bool IsHedge { get; init; }

    public long StartedAt { get; } = time.GetTimestamp();

    public long Received { get; private set; }

    /// <summary>Why the monitor ended it; null where it did not.</summary>
    public PlatformError? Reason { get; private set; }

    /// <summary>Whether another connection finished its chunk.</summary>
    public bool IsOvertaken { get; private set; }

    public bool IsWaiting => Volatile.Read(ref isWaiting) != 0;

    public TimeSpan Idle => IsWaiting ? time.GetElapsedTime(Volatile.Read(ref waitingSince)) : TimeSpan.Zero;

    public void BeginWait()
    {
        Volatile.Write(ref waitingSince, time.GetTimestamp());
        Volatile.Write(ref isWaiting, 1);
    }

    public void EndWait(int received)
    {
        Interlocked.Add(ref windowWaited, time.GetElapsedTime(waitingSince).Ticks);
        Volatile.Write(ref isWaiting, 0);
        Received += received;
        Interlocked.Add(ref windowBytes, received);
    }

    /// <summary>Whether a whole window was spent waiting for fewer bytes than asked. Asking begins a new one where the old is over.</summary>
    public bool IsTooSlow(TimeSpan window, long leastBytes)
    {
        if (Interlocked.Read(ref windowWaited) + Idle.Ticks < window.Ticks)
        {
            return false;
        }

        Interlocked.Exchange(ref windowWaited, 0);
        return Interlocked.Exchange(ref windowBytes, 0) < leastBytes;
    }

    public void Abort(PlatformError reason)
    {
        Reason = reason;
        Cancel();
    }

    public void Overtake()
    {
        IsOvertaken = true;
        Cancel();
    }

    public void Dispose()
    {
        lock (ending)
        {
            isOver = true;
            cancellation.Dispose();
        }
    }

    // The monitor, or a connection that raced this one, may come when it has just ended by itself.
    private void Cancel()
    {
        lock (ending)
        {
            if (!isOver)
            {
                cancellation.Cancel();
            }
        }
    }
}
