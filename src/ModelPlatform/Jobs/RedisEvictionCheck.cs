using Microsoft.Extensions.Hosting;
using StackExchange.Redis;

namespace ModelPlatform.Jobs;

/// <summary>Refuses to start without a Redis, and on one that would throw job records away when its memory is full.</summary>
internal sealed class RedisEvictionCheck(IConnectionMultiplexer redis, TimeProvider time) : IHostedService
{
    private const string PolicyField = "maxmemory_policy:";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(250);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await UntilRedisAnswersAsync(cancellationToken);

        // INFO counts as an administrator's command, which the shared connection does not send.
        var options = ConfigurationOptions.Parse(redis.Configuration);
        options.AllowAdmin = true;
        await using var connection = await ConnectionMultiplexer.ConnectAsync(options).WaitAsync(cancellationToken);
        var info = (string?)await connection.GetDatabase().ExecuteAsync("INFO", "memory").WaitAsync(cancellationToken) ?? string.Empty;
        if (Refuse(info) is { } reason)
        {
            throw new InvalidOperationException(reason);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Why jobs would not be safe there; null where they are. Garnet names no policy: it evicts nothing.</summary>
    internal static string? Refuse(string info)
    {
        var policy = info.Split('\n', StringSplitOptions.TrimEntries).FirstOrDefault(line => line.StartsWith(PolicyField, StringComparison.Ordinal))?[PolicyField.Length..];
        return policy?.StartsWith("allkeys", StringComparison.OrdinalIgnoreCase) == true
            ? $"Redis evicts any key when it is full (maxmemory-policy {policy}): jobs would be lost. Set it to noeviction or a volatile policy."
            : null;
    }

    private async Task UntilRedisAnswersAsync(CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            try
            {
                await redis.GetDatabase().PingAsync().WaitAsync(cancellationToken);
                return;
            }
            catch (Exception exception) when (exception is RedisConnectionException or TimeoutException)
            {
                if (time.GetElapsedTime(began) > Patience)
                {
                    throw new InvalidOperationException($"Redis does not answer at {string.Join(", ", redis.GetEndPoints().Select(endpoint => endpoint.ToString()))} (ConnectionStrings:redis).", exception);
                }

                await Task.Delay(BetweenTries, time, cancellationToken);
            }
        }
    }
}
