using System.Runtime.InteropServices;

namespace ModelPlatform.Chunks.FileSystem;

/// <summary>Makes the names in a directory durable. Only POSIX systems need it, and .NET offers no call for it.</summary>
internal static partial class DirectorySync
{
    private const int ReadOnlyDirectory = 0x10000;
    private const int CloseOnExec = 0x80000;

    public static void Flush(string directory)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        // O_DIRECTORY has another value on 32-bit ARM, where opening a directory for reading works without it.
        var flags = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? ReadOnlyDirectory | CloseOnExec : CloseOnExec;
        var descriptor = Open(directory, flags);
        if (descriptor < 0)
        {
            throw new IOException($"Cannot open directory '{directory}' (errno {Marshal.GetLastPInvokeError()}).");
        }

        try
        {
            if (FSync(descriptor) != 0)
            {
                throw new IOException($"Cannot sync directory '{directory}'.", Marshal.GetLastPInvokeError());
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
