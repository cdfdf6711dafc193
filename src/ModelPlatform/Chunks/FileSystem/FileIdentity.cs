using System.Globalization;
using System.Runtime.InteropServices;

namespace ModelPlatform.Chunks.FileSystem;

/// <summary>What shows that a file is still the one that was seen: inode, time of modification in nanoseconds, size.</summary>
internal readonly partial record struct FileIdentity(ulong Inode, long ModifiedNanoseconds, long Size)
{
    private const int AtCurrentDirectory = -100;
    private const uint InodeSizeAndModification = 0x100 | 0x200 | 0x40;

    public string ETag => string.Create(CultureInfo.InvariantCulture, $"{Inode:x}-{ModifiedNanoseconds:x}-{Size:x}");

    public DateTimeOffset LastModified => DateTimeOffset.UnixEpoch.AddTicks(ModifiedNanoseconds / 100);

    /// <summary>Looks at a file; null where there is none.</summary>
    public static FileIdentity? Of(string path)
    {
        if (OperatingSystem.IsLinux())
        {
            return StatX(AtCurrentDirectory, path, 0, InodeSizeAndModification, out var stat) == 0
                ? new FileIdentity(stat.Inode, (stat.ModifiedSeconds * 1_000_000_000) + stat.ModifiedNanoseconds, (long)stat.Size)
                : null;
        }

        var file = new FileInfo(path);
        return file.Exists ? new FileIdentity(0, (file.LastWriteTimeUtc - DateTime.UnixEpoch).Ticks * 100, file.Length) : null;
    }

    // statx(2), unlike stat(2), has one layout on every architecture.
    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(int directory, string path, int flags, uint mask, out StatXResult result);

    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct StatXResult
    {
        [FieldOffset(32)] public ulong Inode;
        [FieldOffset(40)] public ulong Size;
        [FieldOffset(112)] public long ModifiedSeconds;
        [FieldOffset(120)] public uint ModifiedNanoseconds;
    }
}
