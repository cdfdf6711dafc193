using Microsoft.Extensions.Logging;

namespace ModelPlatform.Chunks.FileSystem;

internal sealed partial class FileSystemChunkStore
{
    [LoggerMessage(2001, LogLevel.Information, "Removed {Count} unfinished chunks that an earlier process left in {Directory}")]
    private partial void LogLeftoversRemoved(int count, string directory);

    [LoggerMessage(2002, LogLevel.Warning, "Chunk {Chunk} was taken out of reading: its bytes no longer match its name")]
    private partial void LogQuarantined(string chunk);
}
