using Microsoft.Extensions.Logging;

namespace ModelPlatform.Events;

internal sealed partial class RedisEventLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Events wait: Redis does not answer ({Reason})")]
    private partial void LogRedisAway(string reason);
}
