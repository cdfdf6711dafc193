using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.FileSystem;

/// <summary>A directory as it is read: a plain one as it stands, a Hugging Face cache (<c>models--org--name</c>) as the snapshot of a revision.</summary>
/// <param name="Directory">What is walked.</param>
/// <param name="Name">The model's name.</param>
/// <param name="Revision">The commit, where the layout tells it.</param>
internal sealed partial record CacheLayout(string Directory, string Name, string? Revision)
{
    public static Result<CacheLayout> Resolve(ConfinedRoot root, string path, string? revision)
    {
        var name = path.Length == 0 ? root.Name : path[(path.LastIndexOf('/') + 1)..];
        if (Snapshot().Match(path) is { Success: true } snapshot)
        {
            return new CacheLayout(path, snapshot.Groups["name"].Value, snapshot.Groups["commit"].Value);
        }

        if (Repository().Match(name) is not { Success: true } repository || root.ListDirectory($"{path}/snapshots").Names is not { Count: > 0 } commits)
        {
            return new CacheLayout(path, name, null);
        }

        var wanted = revision ?? "main";
        var commit = commits.Contains(wanted, StringComparer.Ordinal) ? wanted
            : ArtifactPath.FindFault(wanted) is null ? ReadReference(root, $"{path}/refs/{wanted}")
            : null;
        commit ??= revision is null && commits.Count == 1 ? commits[0] : null;
        return commit is not null && commits.Contains(commit, StringComparer.Ordinal)
            ? new CacheLayout($"{path}/snapshots/{commit}", repository.Groups["name"].Value, commit)
            : new PlatformError(ErrorCode.ModelNotFound, $"The cache {path} holds no snapshot of revision {wanted}. It holds: {string.Join(", ", commits)}.");
    }

    /// <summary>A cache names its blobs by their digest: SHA-256 for large files, the Git blob SHA-1 for the others.</summary>
    public static string? DigestOf(string realPath) => Blob().Match(realPath) is { Success: true } match ? match.Groups[1].Value : null;

    private static string? ReadReference(ConfinedRoot root, string path)
    {
        using var file = root.OpenFile(path).File;
        if (file is not { Facts.Size: > 0 and <= 200 })
        {
            return null;
        }

        var bytes = ArrayPool<byte>.Shared.Rent(200);
        var text = Encoding.ASCII.GetString(bytes, 0, RandomAccess.Read(file.Handle, bytes.AsSpan(0, 200), 0)).Trim();
        ArrayPool<byte>.Shared.Return(bytes);
        return text;
    }

    [GeneratedRegex(@"^models--(?:.+--)?(?<name>[^/]+)\z")]
    private static partial Regex Repository();

    [GeneratedRegex(@"(?:^|/)models--(?:[^/]+--)?(?<name>[^/]+?)/snapshots/(?<commit>[^/]+)\z")]
    private static partial Regex Snapshot();

    [GeneratedRegex(@"(?:^|/)models--[^/]+/blobs/([0-9a-f]{40}|[0-9a-f]{64})\z")]
    private static partial Regex Blob();
}
