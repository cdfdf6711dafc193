using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ModelPlatform.Sources;
using StackExchange.Redis;

namespace ModelPlatform.Registry;

/// <summary>Reads the catalog into memory before the first request does, and builds the index where Redis came up without one.</summary>
internal sealed partial class CatalogWarmUp(RegistryIndex index, ILogger<CatalogWarmUp> logger) : BackgroundService
{
    private bool isRead;

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        isRead = await index.TryReadAsync(cancellationToken) is not null;
        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            if (!isRead)
            {
                await index.ReadAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or PlatformException)
        {
            // Whoever reads the catalog first tries again, and is told.
            LogAway(exception);
        }
    }

    [LoggerMessage(4031, LogLevel.Warning, "The catalog cannot be read yet: a store does not answer")]
    private partial void LogAway(Exception exception);
}
