namespace ModelPlatform.Manifests.FileSystem;

/// <summary>A lock that processes of one machine share: whoever holds the file open alone has it. It ends with its process. The file itself must never be deleted.</summary>
internal static class FileLock
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    /// <summary>Waits until the lock is free and takes it; disposing the stream frees it.</summary>
    public static async Task<FileStream> AcquireAsync(string path, TimeProvider time, CancellationToken cancellationToken, bool isShared = false)
    {
        while (true)
        {
            if (TryAcquire(path, isShared) is { } held)
            {
                return held;
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    /// <summary>Takes the lock if it is free now: alone, or together with others that share it.</summary>
    public static FileStream? TryAcquire(string path, bool isShared = false)
    {
        try
        {
            return isShared
                ? new FileStream(path, FileMode.OpenOrCreate, FileAccess.Read, FileShare.Read, 0)
                : new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 0);
        }
        catch (IOException exception) when (IsHeld(exception) && File.Exists(path))
        {
            return null;
        }
    }

    // EWOULDBLOCK on Linux and macOS, ERROR_SHARING_VIOLATION on Windows.
    private static bool IsHeld(IOException exception) => (exception.HResult & 0xFFFF) is 11 or 35 or 32;
}
