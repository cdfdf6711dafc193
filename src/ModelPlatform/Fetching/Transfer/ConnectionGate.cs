using ModelPlatform.Sources;

namespace ModelPlatform.Fetching.Transfer;

/// <summary>
/// How many connections one fetch holds to one source. It starts with half of what is allowed, opens more while that brings more bytes, halves where the source asks
/// for restraint (429, 503), and keeps everybody away while it asks to wait.
/// </summary>
internal sealed class ConnectionGate(int most, TimeProvider time)
{
    private const double WorthIt = 1.1;
    private static readonly TimeSpan Observation = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Restraint = TimeSpan.FromSeconds(10);

    private readonly Lock gate = new();
    private readonly LinkedList<TaskCompletionSource> waiting = new();
    private int allowed = Math.Max(1, (most + 1) / 2);
    private int inUse;
    private long observedFrom = time.GetTimestamp();
    private long observedBytes;
    private double bestRate;
    private long restrainedAt = long.MinValue;
    private DateTimeOffset closedUntil;

    /// <summary>Connections allowed now.</summary>
    public int Allowed => Volatile.Read(ref allowed);

    /// <summary>Waits for a connection.</summary>
    public async Task EnterAsync(CancellationToken cancellationToken)
    {
        await WaitUntilOpenAsync(cancellationToken);
        LinkedListNode<TaskCompletionSource> place;
        lock (gate)
        {
            if (inUse < allowed)
            {
                inUse++;
                return;
            }

            place = waiting.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        await using var registration = cancellationToken.Register(() => place.Value.TrySetCanceled(cancellationToken));
        await place.Value.Task;
        try
        {
            await WaitUntilOpenAsync(cancellationToken);
        }
        catch
        {
            Exit();
            throw;
        }
    }

    /// <summary>Gives a connection back.</summary>
    public void Exit()
    {
        lock (gate)
        {
            inUse--;
            Admit();
        }
    }

    /// <summary>Counts bytes, and opens further while more connections bring more of them.</summary>
    public void Received(int count)
    {
        Interlocked.Add(ref observedBytes, count);
        if (time.GetElapsedTime(Volatile.Read(ref observedFrom)) < Observation)
        {
            return;
        }

        lock (gate)
        {
            var elapsed = time.GetElapsedTime(observedFrom);
            if (elapsed < Observation)
            {
                return;
            }

            var rate = Interlocked.Exchange(ref observedBytes, 0) / elapsed.TotalSeconds;
            observedFrom = time.GetTimestamp();
            var isRestrained = restrainedAt != long.MinValue && time.GetElapsedTime(restrainedAt) < Restraint;
            if (inUse >= allowed && allowed < most && !isRestrained && rate > bestRate * WorthIt)
            {
                allowed++;
                Admit();
            }

            bestRate = Math.Max(bestRate, rate);
        }
    }

    /// <summary>The source refused for now.</summary>
    public void Refused(PlatformError error, TimeSpan wait)
    {
        lock (gate)
        {
            restrainedAt = time.GetTimestamp();
            if (error.Code is ErrorCode.RateLimited or ErrorCode.SourceServerError)
            {
                allowed = Math.Max(1, allowed / 2);
            }

            if (error.RetryAfter is not null && time.GetUtcNow() + wait > closedUntil)
            {
                closedUntil = time.GetUtcNow() + wait;
            }
        }
    }

    private async Task WaitUntilOpenAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            TimeSpan wait;
            lock (gate)
            {
                wait = closedUntil - time.GetUtcNow();
            }

            if (wait <= TimeSpan.Zero)
            {
                return;
            }

            await Task.Delay(wait, time, cancellationToken);
        }
    }

    private void Admit()
    {
        while (inUse < allowed && waiting.First is { } first)
        {
            waiting.RemoveFirst();
            if (first.Value.TrySetResult())
            {
                inUse++;
            }
        }
    }
}
