using System.Runtime.InteropServices;

namespace ModelPlatform.LocalHosting.Running;

/// <summary>Signals for children. A child that is the leader of its own group takes its descendants with it.</summary>
internal static partial class Signals
{
    public const int Kill = 9;
    public const int Terminate = 15;

    public static void Send(int processId, int signal, bool wholeGroup)
    {
        // A process that is gone already is what was wanted.
        _ = NativeKill(wholeGroup ? -processId : processId, signal);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int NativeKill(int pid, int signal);
}
