using System.Text.RegularExpressions;

namespace ModelPlatform.Plugins.FileSystem;

/// <summary>The one directory this source may read.</summary>
/// <remarks>
/// A path is opened first and judged afterwards, by where the open handle points: nothing can be swapped between a check and its use.
/// The only links followed are those of a Hugging Face cache, from <c>models--X/snapshots/…</c> into the same <c>models--X/blobs</c>.
/// </remarks>
internal sealed partial class ConfinedRoot(string root)
{
    public string Path { get; } = root.TrimEnd(System.IO.Path.DirectorySeparatorChar);

    /// <summary>The root's own name, which callers may write in front of a reference.</summary>
    public string Name => System.IO.Path.GetFileName(Path);

    public bool Exists => Directory.Exists(Path);

    /// <summary>Opens a regular file without ever blocking.</summary>
    /// <param name="relative">Below the root, forward slashes, checked already to hold no dots.</param>
    public (ConfinedFile? File, Refusal Refusal) OpenFile(string relative)
    {
        if (FindRealRoot() is not { } real)
        {
            return (null, Refusal.Missing);
        }

        var (handle, refusal) = NativeFile.Open(Join(relative), followLast: IsInSnapshot(relative), directory: false);
        if (handle is null)
        {
            return (null, refusal);
        }

        if (NativeFile.Describe(handle) is not { } facts)
        {
            var kind = NativeFile.IsDirectory(handle) ? Refusal.IsDirectory : Refusal.Special;
            handle.Dispose();
            return (null, kind);
        }

        var path = NativeFile.RealPathOf(handle, Join(relative));
        if (path is null || !IsWhere(real, path, relative))
        {
            handle.Dispose();
            return (null, Refusal.Outside);
        }

        return (new ConfinedFile(handle, facts, path[(real.Length + 1)..].Replace('\\', '/')), Refusal.None);
    }

    /// <summary>Lists a directory's entries by name; directories are told from the rest by opening them.</summary>
    public (IReadOnlyList<string>? Names, Refusal Refusal) ListDirectory(string relative)
    {
        if (FindRealRoot() is not { } real)
        {
            return (null, Refusal.Missing);
        }

        var (handle, refusal) = NativeFile.Open(Join(relative), followLast: false, directory: true);
        using (handle)
        {
            return handle is null ? (null, refusal)
                : NativeFile.RealPathOf(handle, Join(relative)) is { } path && IsExactly(real, path, relative) ? (NativeFile.ListNames(handle, Join(relative)), Refusal.None)
                : (null, Refusal.Outside);
        }
    }

    private string? FindRealRoot()
    {
        // The root itself may be a link: that is the operator's word.
        var (handle, _) = NativeFile.Open(Path, followLast: true, directory: true);
        using (handle)
        {
            return handle is null ? null : NativeFile.RealPathOf(handle, Path)?.TrimEnd('/', '\\');
        }
    }

    private string Join(string relative) => relative.Length == 0 ? Path : System.IO.Path.Combine(Path, relative);

    private static bool IsWhere(string real, string path, string relative) =>
        IsExactly(real, path, relative) || (SnapshotPath().Match(relative) is { Success: true } match && IsBlobOf(real, path, match.Groups[1].Value));

    private static bool IsExactly(string real, string path, string relative) =>
        path.Replace('\\', '/') == (relative.Length == 0 ? real : $"{real}/{relative}").Replace('\\', '/');

    private static bool IsBlobOf(string real, string path, string repository)
    {
        var blobs = $"{real}/{repository}/blobs/".Replace('\\', '/');
        var normal = path.Replace('\\', '/');
        return normal.StartsWith(blobs, StringComparison.Ordinal) && !normal.AsSpan(blobs.Length).Contains('/');
    }

    private static bool IsInSnapshot(string relative) => SnapshotPath().IsMatch(relative);

    [GeneratedRegex(@"^((?:.+/)?models--[^/]+)/snapshots/[^/]+/.+\z")]
    private static partial Regex SnapshotPath();
}
