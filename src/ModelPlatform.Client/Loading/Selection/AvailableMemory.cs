using System.Globalization;

namespace ModelPlatform.Client.Loading.Selection;

/// <summary>How much memory a model may take on this machine.</summary>
public static class AvailableMemory
{
    /// <summary>What is believed where the system says nothing.</summary>
    public const long Conservative = 2L * 1024 * 1024 * 1024;

    /// <summary>Bytes that are free or can be made so without swapping, and that the container's limit, if there is one, leaves. Never negative.</summary>
    public static long Detect() =>
        OperatingSystem.IsLinux() ? DetectLinux("/proc/meminfo", "/proc/self/cgroup", "/sys/fs/cgroup")
        : OperatingSystem.IsWindows() ? WindowsMemory.Available() ?? Conservative
        : OperatingSystem.IsMacOS() ? MacMemory.Available() ?? Conservative
        : Conservative;

    /// <summary>The least of <c>MemAvailable</c> and what each control group from the process's own up to the root has left.</summary>
    internal static long DetectLinux(string memoryInfo, string ownGroups, string groupRoot)
    {
        var available = ReadLines(memoryInfo).Select(line => line.Split([' ', ':'], StringSplitOptions.RemoveEmptyEntries))
            .Where(parts => parts is ["MemAvailable", _, ..]).Select(parts => (long?)long.Parse(parts[1], CultureInfo.InvariantCulture) * 1024).FirstOrDefault() ?? Conservative;
        foreach (var line in ReadLines(ownGroups))
        {
            // hierarchy:controllers:path; version 2 has neither number nor controllers.
            if (line.Split(':', 3) is not [_, var controllers, var path] || (controllers.Length > 0 && !controllers.Split(',').Contains("memory")))
            {
                continue;
            }

            var isFirstVersion = controllers.Length > 0;
            var root = isFirstVersion ? Path.Combine(groupRoot, "memory") : groupRoot;
            for (var group = path.Trim('/'); ; group = Path.GetDirectoryName(group) ?? string.Empty)
            {
                if (Left(Path.Combine(root, group), isFirstVersion) is { } left)
                {
                    available = Math.Min(available, left);
                }

                if (group.Length == 0)
                {
                    break;
                }
            }
        }

        return Math.Max(0, available);
    }

    private static long? Left(string group, bool isFirstVersion)
    {
        var (limit, used, cached) = isFirstVersion
            ? ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
            : ("memory.max", "memory.current", "inactive_file");
        if (ReadNumber(Path.Combine(group, limit)) is not { } most || ReadNumber(Path.Combine(group, used)) is not { } now)
        {
            return null;
        }

        // Pages of files that nobody looks at are given back before anything is refused.
        var idle = ReadLines(Path.Combine(group, "memory.stat")).Select(line => line.Split(' ')).Where(parts => parts is [var name, _] && name == cached)
            .Select(parts => long.Parse(parts[1], CultureInfo.InvariantCulture)).FirstOrDefault();
        return most - now + idle;
    }

    private static long? ReadNumber(string path) => ReadLines(path) is [var line, ..] && long.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string[] ReadLines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Not there, or not ours to see: it limits nothing that we know of.
            return [];
        }
    }
}
