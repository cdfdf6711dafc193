using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Microsoft.Extensions.Hosting;

/// <summary>Says in one line each when Redis is away and when it is back, in place of the client's own pages of log.</summary>
internal sealed partial class RedisConnectionWatch(IServiceProvider services, ILogger<RedisConnectionWatch> logger) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The first connect may take its whole timeout; this is not the thread that starts the service.
        var redis = services.GetRequiredService<IConnectionMultiplexer>();
        redis.ConnectionFailed += (_, args) =>
        {
            if (args.ConnectionType == ConnectionType.Interactive && !stoppingToken.IsCancellationRequested)
            {
                var endpoint = Name(args.EndPoint);
                LogAway(endpoint, args.FailureType);
            }
        };
        redis.ConnectionRestored += (_, args) =>
        {
            if (args.ConnectionType == ConnectionType.Interactive)
            {
                var endpoint = Name(args.EndPoint);
                LogBack(endpoint);
            }
        };
        foreach (var endpoint in redis.IsConnected ? [] : redis.GetEndPoints().Select(Name))
        {
            LogAway(endpoint, ConnectionFailureType.UnableToConnect);
        }

        return Task.CompletedTask;
    }

    private static string? Name(EndPoint? endpoint) => endpoint is DnsEndPoint named ? $"{named.Host}:{named.Port}" : endpoint?.ToString();

    [LoggerMessage(EventId = 1001, Level = LogLevel.Warning, Message = "Redis at {Endpoint} is away ({Failure}); trying again")]
    private partial void LogAway(string? endpoint, ConnectionFailureType failure);

    [LoggerMessage(EventId = 1002, Level = LogLevel.Information, Message = "Redis at {Endpoint} is back")]
    private partial void LogBack(string? endpoint);
}
