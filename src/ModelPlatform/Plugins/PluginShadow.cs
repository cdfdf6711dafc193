namespace ModelPlatform.Plugins;

/// <summary>Copies of plugin directories, one for each version that was loaded, so that the originals can be replaced at any time.</summary>
internal sealed class PluginShadow
{
    private const string Prefix = "modelplatform-plugins-";
    private static readonly string[] Binaries = [".dll", ".exe", ".so", ".dylib"];
    private readonly string root = Path.Combine(Path.GetTempPath(), $"{Prefix}{Environment.ProcessId}-{Guid.NewGuid():n}");
    private int count;

    /// <summary>Copies what the manifest allows: its assemblies, and everything that is not an assembly.</summary>
    /// <returns>The copy.</returns>
    /// <exception cref="IOException">A file changed or vanished meanwhile, or there is no space.</exception>
    public string Copy(string directory, PluginManifest manifest)
    {
        var target = Path.Combine(root, $"{manifest.Id}-{manifest.Version}-{Interlocked.Increment(ref count)}");
        var files = new DirectoryInfo(directory).EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint });
        foreach (var file in files)
        {
            var relative = Path.GetRelativePath(directory, file.FullName).Replace(Path.DirectorySeparatorChar, '/');
            var isBinary = Binaries.Contains(file.Extension, StringComparer.OrdinalIgnoreCase) || file.Name.Contains(".so.", StringComparison.Ordinal);

            // A developer's probing file would lead out of the directory.
            if ((isBinary && !manifest.Assemblies.Contains(relative, StringComparer.Ordinal)) || relative.EndsWith(".runtimeconfig.dev.json", StringComparison.Ordinal))
            {
                continue;
            }

            var copy = Path.Combine(target, relative);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            file.CopyTo(copy);
        }

        return target;
    }

    /// <summary>Removes one copy, as far as it can be removed.</summary>
    public static void Delete(string copy)
    {
        try
        {
            Directory.Delete(copy, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Still mapped by an assembly that is not collected: the next start removes it.
        }
    }

    public void DeleteAll() => Delete(root);

    /// <summary>Removes the copies of processes that were killed.</summary>
    public static void DeleteOrphans()
    {
        foreach (var directory in Directory.EnumerateDirectories(Path.GetTempPath(), $"{Prefix}*"))
        {
            var rest = Path.GetFileName(directory)[Prefix.Length..];
            if (int.TryParse(rest.AsSpan(0, Math.Max(rest.IndexOf('-'), 0)), out var process) && !IsAlive(process))
            {
                Delete(directory);
            }
        }
    }

    private static bool IsAlive(int process)
    {
        try
        {
            using var found = System.Diagnostics.Process.GetProcessById(process);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
