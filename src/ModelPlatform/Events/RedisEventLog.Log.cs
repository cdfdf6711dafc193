using Microsoft.Extensions.Logging;

namespace ModelPlatform.Events;

internal sealed partial class RedisEventLog
{
    [LoggerMessage(3001, LogLevel.Warning, "Events wait: Redis does not answer ({Reason})")]
    private partial void LogRedisAway(string reason);
}
