using ModelPlatform.Sources;

namespace ModelPlatform.Chunks.FileSystem;

/// <summary>Says of a failed system call whether space is lacking or something else.</summary>
internal static class StorageFailure
{
    private const int NoSpaceLeft = 28;
    private const int QuotaExceeded = 122;
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    public static PlatformException From(string action, string directory, Exception exception)
    {
        var cause = (exception as AggregateException)?.InnerException ?? exception;
        return cause.HResult is NoSpaceLeft or QuotaExceeded or WindowsDiskFull
            ? new PlatformException(new PlatformError(ErrorCode.DiskFull, $"The chunk store in '{directory}' has no space left. Free some, or raise its quota."), exception)
            : new PlatformException(new PlatformError(ErrorCode.StorageFailed, $"The chunk store in '{directory}' could not {action}: {cause.Message}"), exception);
    }
}
