using System.Collections.Concurrent;

namespace ModelPlatform.Plugins.Outbound;

/// <summary>Waits known to this process only: for the command line and other hosts without a Redis.</summary>
internal sealed class ProcessHostWaits(TimeProvider time) : IHostWaits
{
    private readonly ConcurrentDictionary<string, DateTimeOffset> until = new(StringComparer.Ordinal);

    public ValueTask<TimeSpan?> GetAsync(string host, CancellationToken cancellationToken)
    {
        if (!until.TryGetValue(host, out var end))
        {
            return new((TimeSpan?)null);
        }

        var left = end - time.GetUtcNow();
        if (left <= TimeSpan.Zero)
        {
            until.TryRemove(new(host, end));
            return new((TimeSpan?)null);
        }

        return new(left);
    }

    public ValueTask KeepAsync(string host, TimeSpan wait, CancellationToken cancellationToken)
    {
        var end = time.GetUtcNow() + wait;
        until.AddOrUpdate(host, end, (_, known) => known > end ? known : end);
        return ValueTask.CompletedTask;
    }

    public ValueTask<IReadOnlyDictionary<string, TimeSpan>> ListAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return new(until.Where(entry => entry.Value > now).ToDictionary(entry => entry.Key, entry => entry.Value - now, StringComparer.Ordinal));
    }
}
