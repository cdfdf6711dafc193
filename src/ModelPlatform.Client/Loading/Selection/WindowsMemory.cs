using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace ModelPlatform.Client.Loading.Selection;

/// <summary>GlobalMemoryStatusEx, and the limit of the job the process runs in, as the runtime knows it.</summary>
[SupportedOSPlatform("windows")]
internal static partial class WindowsMemory
{
    public static long? Available()
    {
        var status = new MemoryStatus { Length = (uint)Marshal.SizeOf<MemoryStatus>() };
        return GlobalMemoryStatusEx(ref status) ? Math.Min((long)status.AvailablePhysical, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes) : null;
    }

    [LibraryImport("kernel32.dll")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool GlobalMemoryStatusEx(ref MemoryStatus status);

    [StructLayout(LayoutKind.Sequential)]
    private struct MemoryStatus
    {
        public uint Length;
        public uint Load;
        public ulong TotalPhysical;
        public ulong AvailablePhysical;
        public ulong TotalPageFile;
        public ulong AvailablePageFile;
        public ulong TotalVirtual;
        public ulong AvailableVirtual;
        public ulong AvailableExtendedVirtual;
    }
}
