namespace ModelPlatform.Events;

/// <summary>What happened, kept in Redis (<c>Events:History</c> newest ones) and handed to everybody who listens.</summary>
/// <remarks>An event's id follows from its place in the history, so ids have no gaps, and a reader that names the last one it saw misses none.</remarks>
public interface IEventLog
{
    /// <summary>Adds an event to the history and tells the listeners of all processes.</summary>
    /// <exception cref="StackExchange.Redis.RedisException">Redis does not answer.</exception>
    Task AppendAsync(PlatformEvent happened, CancellationToken cancellationToken);

    /// <summary>Tells the listeners without keeping anything; lost where Redis does not answer.</summary>
    void Show(PlatformEvent happened);

    /// <summary>Events of the history that match, oldest first: the newest <paramref name="limit"/> of those after <paramref name="afterId"/>.</summary>
    Task<IReadOnlyList<PlatformEvent>> ReadAsync(EventFilter filter, long afterId, int limit, CancellationToken cancellationToken);

    /// <summary>The id of the newest event; 0 where there was none.</summary>
    Task<long> ReadLastIdAsync(CancellationToken cancellationToken);

    /// <summary>First what the history holds after <paramref name="afterId"/>, then everything live, each once and in order.</summary>
    /// <param name="filter">What is wanted.</param>
    /// <param name="afterId">The last id seen; null begins with what happens from now on.</param>
    /// <param name="cancellationToken">Ends the listening.</param>
    IAsyncEnumerable<PlatformEvent> WatchAsync(EventFilter filter, long? afterId, CancellationToken cancellationToken);
}
