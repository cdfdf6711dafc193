using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace ModelPlatform.Plugins.FileSystem;

/// <summary>Opening and identifying files as the operating system offers it.</summary>
/// <remarks>
/// Linux: <c>open</c> with O_NONBLOCK, so that a pipe never blocks, <c>statx</c> on the handle, and the handle's path from /proc.
/// Elsewhere links are looked for in every segment after opening, which leaves a race only for whoever may write into the root.
/// </remarks>
internal static partial class NativeFile
{
    private const int ReadOnly = 0;
    private const int NoControllingTerminal = 0x100;
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    private const int EmptyPath = 0x1000;
    private const uint BasicStats = 0x7ff;
    private const int TypeMask = 0xf000;
    private const int RegularFile = 0x8000;
    private const int DirectoryFile = 0x4000;

    // These two differ between architectures.
    private static int OnlyDirectory => RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64 ? 0x4000 : 0x10000;
    private static int NoFollow => RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64 ? 0x8000 : 0x20000;

    public static (SafeFileHandle? Handle, Refusal Refusal) Open(string path, bool followLast, bool directory)
    {
        if (!OperatingSystem.IsLinux())
        {
            return OpenPortably(path, directory);
        }

        var flags = ReadOnly | NonBlocking | CloseOnExec | NoControllingTerminal | (followLast ? 0 : NoFollow) | (directory ? OnlyDirectory : 0);
        var handle = OpenNative(path, flags);
        if (!handle.IsInvalid)
        {
            return (handle, Refusal.None);
        }

        var error = Marshal.GetLastPInvokeError();
        handle.Dispose();
        return (null, error switch
        {
            1 or 13 => Refusal.Denied,
            2 => Refusal.Missing,
            20 => directory && new FileInfo(path).LinkTarget is not null ? Refusal.Outside : Refusal.Missing,
            40 => Refusal.Outside,
            6 or 19 => Refusal.Special,
            _ => Refusal.Denied,
        });
    }

    /// <summary>The facts of a regular file; null where it is anything else.</summary>
    public static FileFacts? Describe(SafeFileHandle handle)
    {
        if (!OperatingSystem.IsLinux())
        {
            var modified = File.GetLastWriteTimeUtc(handle);
            return new FileFacts(RandomAccess.GetLength(handle), modified.Ticks / TimeSpan.TicksPerSecond, modified.Ticks % TimeSpan.TicksPerSecond * 100, 0);
        }

        Span<byte> stat = stackalloc byte[256];
        return TypeOf(handle, stat) == RegularFile
            ? new FileFacts(BitConverter.ToInt64(stat[40..]), BitConverter.ToInt64(stat[112..]), BitConverter.ToUInt32(stat[120..]), BitConverter.ToUInt64(stat[32..]))
            : null;
    }

    public static bool IsDirectory(SafeFileHandle handle) => OperatingSystem.IsLinux() && TypeOf(handle, stackalloc byte[256]) == DirectoryFile;

    [SupportedOSPlatform("linux")]
    private static int? TypeOf(SafeFileHandle handle, Span<byte> stat) =>
        StatNative(handle, string.Empty, EmptyPath, BasicStats, ref MemoryMarshal.GetReference(stat)) == 0 ? BitConverter.ToUInt16(stat[28..]) & TypeMask : null;

    /// <summary>Where the handle points, all links resolved; null where that cannot be told.</summary>
    public static string? RealPathOf(SafeFileHandle handle, string openedAs) =>
        OperatingSystem.IsLinux() ? new FileInfo(OwnPath(handle)).LinkTarget : HasLinkOnTheWay(openedAs) ? null : Path.GetFullPath(openedAs);

    public static IReadOnlyList<string> ListNames(SafeFileHandle directory, string openedAs) =>
        [.. Directory.EnumerateFileSystemEntries(OperatingSystem.IsLinux() ? OwnPath(directory) : openedAs, "*", new EnumerationOptions { AttributesToSkip = 0 })
            .Select(path => Path.GetFileName(path)!)
            .Order(StringComparer.Ordinal)];

    private static string OwnPath(SafeFileHandle handle) => string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{handle.DangerousGetHandle()}");

    private static (SafeFileHandle? Handle, Refusal Refusal) OpenPortably(string path, bool directory)
    {
        if (directory)
        {
            // A directory needs no handle here: its path is judged segment by segment.
            return Directory.Exists(path) ? (new SafeFileHandle(-1, ownsHandle: false), Refusal.None) : (null, Refusal.Missing);
        }

        if (Directory.Exists(path))
        {
            return (null, Refusal.IsDirectory);
        }

        try
        {
            return (File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous), Refusal.None);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return (null, Refusal.Missing);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return (null, Refusal.Denied);
        }
    }

    private static bool HasLinkOnTheWay(string path)
    {
        for (var at = path; at is not null; at = Path.GetDirectoryName(at))
        {
            if (new FileInfo(at).LinkTarget is not null)
            {
                return true;
            }
        }

        return false;
    }

    [SupportedOSPlatform("linux")]
    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle OpenNative(string path, int flags);

    [SupportedOSPlatform("linux")]
    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatNative(SafeFileHandle directory, string path, int flags, uint mask, ref byte result);
}
