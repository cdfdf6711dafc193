using System.Runtime.InteropServices;

namespace ModelPlatform.ModelHost.Memory;

/// <summary>Gives memory that is no longer used back to the machine, managed and native.</summary>
internal static partial class FreedMemory
{
    private static readonly Lock Gate = new();

    /// <summary>Collects and trims. After a load (the file's bytes) and after an unload (the session).</summary>
    public static void GiveBack()
    {
        lock (Gate)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
            if (OperatingSystem.IsLinux())
            {
                Trim();
            }
        }
    }

    private static void Trim()
    {
        try
        {
            _ = MallocTrim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // A C library other than glibc gives back by itself.
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int MallocTrim(nuint pad);
}
