using System.Runtime.InteropServices;

namespace ModelPlatform.Manifests.FileSystem;

/// <summary>Makes names in a directory survive a power cut. Windows keeps its directories durable by itself.</summary>
internal static partial class DurableDirectory
{
    private const int ReadOnly = 0;

    /// <summary>Creates a directory below a root and flushes every parent that gained a name.</summary>
    public static void Create(string directory, string root)
    {
        if (Directory.Exists(directory))
        {
            return;
        }

        var parent = Path.GetDirectoryName(directory);
        if (parent is not null && parent.Length >= root.Length)
        {
            Create(parent, root);
        }

        Directory.CreateDirectory(directory);
        if (parent is not null)
        {
            Flush(parent);
        }
    }

    /// <summary>Flushes the names in a directory.</summary>
    /// <exception cref="IOException">The medium refused.</exception>
    public static void Flush(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var descriptor = Open(directory, ReadOnly);
        if (descriptor < 0)
        {
            throw new IOException($"'{directory}' cannot be opened to be flushed (error {Marshal.GetLastPInvokeError()}).");
        }

        try
        {
            if (FSync(descriptor) != 0)
            {
                throw new IOException($"'{directory}' cannot be flushed (error {Marshal.GetLastPInvokeError()}).");
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
