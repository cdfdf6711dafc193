using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace ModelPlatform.Events;

/// <summary>Appends raised events one after the other, waiting for Redis where it is away.</summary>
internal sealed partial class EventRaiser(IEventLog log, TimeProvider time, ILogger<EventRaiser> logger) : BackgroundService, IEventRaiser
{
    private const int MostWaiting = 1_000;
    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);

    private readonly Channel<PlatformEvent> waiting = Channel.CreateBounded<PlatformEvent>(new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    public void Raise(string type, string? modelId, JsonObject data) => waiting.Writer.TryWrite(new PlatformEvent(type, time.GetUtcNow()) { ModelId = modelId, Data = data });

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        waiting.Writer.TryComplete();
        await (ExecuteTask ?? Task.CompletedTask).WaitAsync(LastWords, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var happened in waiting.Reader.ReadAllAsync(stoppingToken))
        {
            while (!await TryAppendAsync(happened, stoppingToken))
            {
                await Task.Delay(BetweenTries, time, stoppingToken);
            }
        }
    }

    private async Task<bool> TryAppendAsync(PlatformEvent happened, CancellationToken stopping)
    {
        try
        {
            await log.AppendAsync(happened, stopping);
            return true;
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            LogWaits(happened.Type, exception.Message);
            return false;
        }
    }

    [LoggerMessage(3002, LogLevel.Warning, "The event {Type} waits: Redis does not answer ({Reason})")]
    private partial void LogWaits(string type, string reason);
}
