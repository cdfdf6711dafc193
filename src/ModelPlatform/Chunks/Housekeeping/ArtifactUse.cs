using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ModelPlatform.Integrity;
using StackExchange.Redis;

namespace ModelPlatform.Chunks.Housekeeping;

/// <summary>Keeps the times in Redis, written every few seconds: reading waits for nothing. What is lost with Redis is only an order of eviction.</summary>
internal sealed partial class ArtifactUse(IConnectionMultiplexer redis, TimeProvider time, ILogger<ArtifactUse> logger) : BackgroundService, IArtifactUse
{
    /// <summary>Read within so long: in use.</summary>
    internal static readonly TimeSpan InUse = TimeSpan.FromSeconds(30);

    private const string Key = "mp:artifacts:used";
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<Sha256Digest, int> readers = new();
    private readonly ConcurrentDictionary<Sha256Digest, bool> touched = new();

    public IDisposable Begin(Sha256Digest artifact)
    {
        readers.AddOrUpdate(artifact, 1, (_, count) => count + 1);
        touched[artifact] = true;
        return new Reading(this, artifact);
    }

    public async ValueTask<DateTimeOffset?> LastUsedAsync(IReadOnlyCollection<Sha256Digest> artifacts, CancellationToken cancellationToken)
    {
        await WriteAsync(cancellationToken);
        var scores = await redis.GetDatabase().SortedSetScoresAsync(Key, [.. artifacts.Select(artifact => (RedisValue)artifact.ToString())]).WaitAsync(cancellationToken);
        return scores.Max() is { } latest ? DateTimeOffset.FromUnixTimeMilliseconds((long)latest) : null;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(Interval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                await WriteAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                LogNotWritten(exception.Message);
            }
        }
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var used = touched.Keys.Union(readers.Keys).ToList();
        if (used.Count > 0)
        {
            await redis.GetDatabase().SortedSetAddAsync(Key, [.. used.Select(artifact => new SortedSetEntry(artifact.ToString(), now))]).WaitAsync(cancellationToken);
            used.ForEach(artifact => touched.TryRemove(artifact, out _));
        }
    }

    private void End(Sha256Digest artifact)
    {
        touched[artifact] = true;
        if (readers.AddOrUpdate(artifact, 0, (_, count) => count - 1) <= 0)
        {
            readers.TryRemove(KeyValuePair.Create(artifact, 0));
        }
    }

    [LoggerMessage(2223, LogLevel.Warning, "Which artifacts are read could not be noted: {Reason}")]
    private partial void LogNotWritten(string reason);

    private sealed class Reading(ArtifactUse use, Sha256Digest artifact) : IDisposable
    {
        private int isEnded;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref isEnded, 1) == 0)
            {
                use.End(artifact);
            }
        }
    }
}
