using System.Globalization;

namespace ModelPlatform.ModelHost.Memory;

/// <summary>How much memory this process may still take: what the machine has free, and what its control group leaves.</summary>
internal static class MachineMemory
{
    private static readonly string[] ControlGroups = ["/sys/fs/cgroup", "/sys/fs/cgroup/memory"];

    /// <summary>Bytes that can be taken without anybody being pushed out.</summary>
    public static long Available() => Math.Min(OfMachine(), OfControlGroup());

    /// <summary>Bytes of physical memory the process has.</summary>
    public static long Resident() => OperatingSystem.IsLinux() && ReadField("/proc/self/status", "VmRSS:") is { } kibibytes ? kibibytes * 1024 : Environment.WorkingSet;

    private static long OfMachine()
    {
        if (OperatingSystem.IsLinux() && ReadField("/proc/meminfo", "MemAvailable:") is { } kibibytes)
        {
            return kibibytes * 1024;
        }

        var memory = GC.GetGCMemoryInfo();
        return Math.Max(0, memory.TotalAvailableMemoryBytes - memory.MemoryLoadBytes);
    }

    private static long OfControlGroup()
    {
        foreach (var directory in ControlGroups)
        {
            var limit = ReadNumber(directory, "memory.max") ?? ReadNumber(directory, "memory.limit_in_bytes");
            var used = ReadNumber(directory, "memory.current") ?? ReadNumber(directory, "memory.usage_in_bytes");
            if (limit is { } most && used is { } now)
            {
                // Pages of files count as used, but give way.
                var files = ReadField(Path.Combine(directory, "memory.stat"), "inactive_file") ?? 0;
                return Math.Max(0, most - now + files);
            }
        }

        return long.MaxValue;
    }

    private static long? ReadNumber(string directory, string file)
    {
        try
        {
            return long.TryParse(File.ReadAllText(Path.Combine(directory, file)).AsSpan().Trim(), CultureInfo.InvariantCulture, out var number) ? number : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static long? ReadField(string file, string name)
    {
        try
        {
            foreach (var line in File.ReadLines(file))
            {
                if (line.StartsWith(name, StringComparison.Ordinal) && line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is [_, var number, ..])
                {
                    return long.Parse(number, CultureInfo.InvariantCulture);
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException)
        {
            return null;
        }

        return null;
    }
}
