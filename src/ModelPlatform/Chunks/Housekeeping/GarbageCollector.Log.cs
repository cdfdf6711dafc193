using Microsoft.Extensions.Logging;

namespace ModelPlatform.Chunks.Housekeeping;

internal sealed partial class GarbageCollector
{
    [LoggerMessage(2201, LogLevel.Information, "Collected {Count} unreferenced chunks, {Bytes} bytes")]
    private partial void LogCollected(int count, long bytes);

    [LoggerMessage(2202, LogLevel.Information, "Nothing is collected before {Time}: the references of running jobs are known only since {Since}")]
    private partial void LogTooEarly(DateTimeOffset time, DateTimeOffset since);
}
