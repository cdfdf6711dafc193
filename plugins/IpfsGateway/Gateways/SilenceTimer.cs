namespace ModelPlatform.Plugins.IpfsGateway.Gateways;

/// <summary>Cancels what waits for a gateway that says nothing.</summary>
internal sealed class SilenceTimer : IDisposable
{
    private readonly TimeSpan limit;
    private readonly CancellationToken outer;
    private readonly CancellationTokenSource timer;
    private readonly CancellationTokenSource both;

    public SilenceTimer(TimeProvider time, TimeSpan limit, CancellationToken cancellationToken)
    {
        (this.limit, outer) = (limit, cancellationToken);
        timer = new CancellationTokenSource(limit, time);
        both = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
    }

    public CancellationToken Token => both.Token;

    /// <summary>Whether the silence, and not the caller, ended it.</summary>
    public bool HasElapsed => timer.IsCancellationRequested && !outer.IsCancellationRequested;

    /// <summary>Something was heard.</summary>
    public void Reset() => timer.CancelAfter(limit);

    /// <summary>Nobody is listening now, so nothing can be missed.</summary>
    public void Pause() => timer.CancelAfter(Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        both.Dispose();
        timer.Dispose();
    }
}
