using System.Collections.Concurrent;

namespace ModelPlatform.Sites.Exchange;

/// <summary>Wakes the exchange with a site before its time.</summary>
internal sealed class SiteSignals
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> signals = new(StringComparer.Ordinal);

    public void Wake(string site)
    {
        var signal = Of(site);
        if (signal.CurrentCount == 0)
        {
            signal.Release();
        }
    }

    public void WakeAll()
    {
        foreach (var site in signals.Keys)
        {
            Wake(site);
        }
    }

    /// <summary>Waits for the time to pass or to be woken.</summary>
    public Task WaitAsync(string site, TimeSpan time, CancellationToken cancellationToken) => Of(site).WaitAsync(time, cancellationToken);

    private SemaphoreSlim Of(string site) => signals.GetOrAdd(site, _ => new SemaphoreSlim(0));
}
