using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace ModelPlatform.Jobs;

/// <summary>Refuses to start on a Redis that would throw job records away when its memory is full.</summary>
internal sealed partial class RedisEvictionCheck(IConnectionMultiplexer redis, ILogger<RedisEvictionCheck> logger) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        string? policy;
        try
        {
            var answer = await redis.GetDatabase().ExecuteAsync("CONFIG", "GET", "maxmemory-policy").WaitAsync(cancellationToken);
            policy = answer.Length >= 2 ? (string?)answer[1] : null;
        }
        catch (RedisServerException exception)
        {
            // Managed services hide CONFIG, and Garnet has no such key: it evicts nothing.
            LogUnknown(exception.Message);
            return;
        }

        if (policy?.StartsWith("allkeys", StringComparison.OrdinalIgnoreCase) == true)
        {
            throw new InvalidOperationException($"Redis evicts any key when it is full (maxmemory-policy {policy}): jobs would be lost. Set it to noeviction or a volatile policy.");
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(Level = LogLevel.Debug, Message = "The eviction policy of Redis is not known ({Reason})")]
    private partial void LogUnknown(string reason);
}
