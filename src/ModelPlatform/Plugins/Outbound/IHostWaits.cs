namespace ModelPlatform.Plugins.Outbound;

/// <summary>Waits that other hosts asked for (429, 503, <c>RateLimit</c>), so that nobody asks again too early.</summary>
/// <remarks>A host is <c>name</c> or <c>name:port</c>, lower case. The implementation of a process that shares a Redis with others keeps them there.</remarks>
internal interface IHostWaits
{
    /// <summary>How long the host must still be left alone; null where it need not be.</summary>
    ValueTask<TimeSpan?> GetAsync(string host, CancellationToken cancellationToken);

    /// <summary>Leaves the host alone for at least this long. A shorter wait never cuts a longer one.</summary>
    ValueTask KeepAsync(string host, TimeSpan wait, CancellationToken cancellationToken);

    /// <summary>All hosts that wait now, with what remains.</summary>
    ValueTask<IReadOnlyDictionary<string, TimeSpan>> ListAsync(CancellationToken cancellationToken);
}
