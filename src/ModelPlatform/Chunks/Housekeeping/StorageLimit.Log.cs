using Microsoft.Extensions.Logging;

namespace ModelPlatform.Chunks.Housekeeping;

internal sealed partial class StorageLimit
{
    [LoggerMessage(2221, LogLevel.Warning, "Evicted {Model}: {Bytes} bytes freed; its source gives it again when it is asked for")]
    private partial void LogEvicted(string model, long bytes);

    [LoggerMessage(2222, LogLevel.Information, "{Model} stays: its source no longer vouches for it ({Reason})")]
    private partial void LogKept(string model, string reason);
}
