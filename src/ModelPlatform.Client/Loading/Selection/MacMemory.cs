using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace ModelPlatform.Client.Loading.Selection;

/// <summary>host_statistics64: pages that are free, inactive or purgeable.</summary>
[SupportedOSPlatform("macos")]
internal static partial class MacMemory
{
    private const int VirtualMemory = 4;
    private const int Words = 38;

    public static long? Available()
    {
        var words = new uint[Words];
        var count = (uint)Words;
        if (host_statistics64(mach_host_self(), VirtualMemory, words, ref count) != 0)
        {
            return null;
        }

        // natural_t free, active, inactive, wired; nine 64-bit counters; then purgeable.
        return ((long)words[0] + words[2] + words[22]) * Environment.SystemPageSize;
    }

    [LibraryImport("libSystem.dylib")]
    private static partial uint mach_host_self();

    [LibraryImport("libSystem.dylib")]
    private static partial int host_statistics64(uint host, int flavor, [In, Out] uint[] words, ref uint count);
}
