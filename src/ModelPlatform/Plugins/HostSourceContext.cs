using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins;

/// <summary>What one plugin gets of the host.</summary>
internal sealed partial class HostSourceContext(IReadOnlyDictionary<string, string> settings, IConfiguration configuration, SourceHttp http, ReadAheadPool ahead, TimeProvider time, ILogger logger) : SourceContext
{
    private long reserved;

    public override IReadOnlyDictionary<string, string> Settings => settings;

    public override SourceHttp Http => http;

    public override TimeProvider Time => time;

    public override bool TryReserveMemory(long bytes)
    {
        if (!ahead.TryTake(bytes))
        {
            return false;
        }

        Interlocked.Add(ref reserved, bytes);
        return true;
    }

    public override void ReleaseMemory(long bytes)
    {
        // Never more than was taken: what a plugin miscounts is its own loss.
        for (var held = Volatile.Read(ref reserved); bytes > 0 && held > 0; held = Volatile.Read(ref reserved))
        {
            var back = Math.Min(bytes, held);
            if (Interlocked.CompareExchange(ref reserved, held - back, held) == held)
            {
                ahead.Return(back);
                return;
            }
        }
    }

    /// <summary>Takes back all that an unloaded plugin still held.</summary>
    public void ReleaseAll() => ahead.Return(Interlocked.Exchange(ref reserved, 0));

    public override string? GetEnvironment(string name) => configuration[name] is { Length: > 0 } value ? value : null;

    public override void Log(SourceLogLevel level, string message, Exception? exception = null)
    {
        var at = level switch
        {
            SourceLogLevel.Debug => LogLevel.Debug,
            SourceLogLevel.Information => LogLevel.Information,
            SourceLogLevel.Warning => LogLevel.Warning,
            _ => LogLevel.Error,
        };

        // The exception goes in as text: a log provider that kept the object would keep the plugin from being unloaded.
        if (exception is null)
        {
            LogMessage(logger, at, message);
        }
        else if (logger.IsEnabled(at))
        {
            var failure = exception.ToString();
            LogFailure(logger, at, message, failure);
        }
    }

    [LoggerMessage(EventId = 5051, Message = "{Message}")]
    private static partial void LogMessage(ILogger logger, LogLevel level, string message);

    [LoggerMessage(EventId = 5052, Message = "{Message}: {Failure}")]
    private static partial void LogFailure(ILogger logger, LogLevel level, string message, string failure);
}
