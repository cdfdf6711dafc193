using Microsoft.Extensions.Logging;

namespace ModelPlatform.Dashboard.Live;

/// <summary>The one picture of the platform that all circuits of this process share. It is fed while somebody looks, and for a minute longer.</summary>
internal sealed partial class LiveState(LiveFeed feed, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<LiveState> logger)
{
    private static readonly TimeSpan Linger = TimeSpan.FromMinutes(1);

    private readonly Lock gate = new();
    private Action<Topics>[] listeners = [];
    private CancellationTokenSource? running;
    private ITimer? lingering;
    private volatile PlatformSnapshot current = PlatformSnapshot.Empty;

    public PlatformSnapshot Current => current;

    /// <summary>Hears of every change, from any thread, until disposed.</summary>
    public IDisposable Listen(Action<Topics> listener)
    {
        lock (gate)
        {
            listeners = [.. listeners, listener];
            lingering?.Dispose();
            lingering = null;
            if (running is null)
            {
                running = CancellationTokenSource.CreateLinkedTokenSource(lifetime.ApplicationStopping);
                _ = FeedAsync(running.Token);
            }
        }

        return new Listening(this, listener);
    }

    /// <summary>Asks anew for what a person just changed, without waiting for the event.</summary>
    public void Refresh(Topics topics) => feed.MarkStale(topics);

    private async Task FeedAsync(CancellationToken cancellationToken)
    {
        // The first listener is a component in the middle of its rendering: let it finish.
        await Task.Yield();
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await feed.RunAsync(Publish, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                LogFeedBroke(logger, exception);
                await Task.Delay(TimeSpan.FromSeconds(2), time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Publish(Func<PlatformSnapshot, PlatformSnapshot> change, Topics topics)
    {
        Action<Topics>[] told;
        lock (gate)
        {
            current = change(current);
            told = listeners;
        }

        foreach (var listener in told)
        {
            listener(topics);
        }
    }

    private void Leave(Action<Topics> listener)
    {
        lock (gate)
        {
            listeners = [.. listeners.Where(other => other != listener)];
            if (listeners.Length == 0 && running is not null)
            {
                lingering ??= time.CreateTimer(_ => StopIfUnwatched(), null, Linger, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void StopIfUnwatched()
    {
        lock (gate)
        {
            lingering?.Dispose();
            lingering = null;
            if (listeners.Length == 0)
            {
                running?.Cancel();
                running = null;
                current = PlatformSnapshot.Empty;
            }
        }
    }

    [LoggerMessage(7001, LogLevel.Error, "The live picture broke off and is made anew")]
    private static partial void LogFeedBroke(ILogger logger, Exception exception);

    private sealed class Listening(LiveState state, Action<Topics> listener) : IDisposable
    {
        public void Dispose() => state.Leave(listener);
    }
}
