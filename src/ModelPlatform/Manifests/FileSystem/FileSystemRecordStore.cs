using System.Runtime.CompilerServices;
using System.Text;
using ModelPlatform.Chunks.FileSystem;
using ModelPlatform.Integrity;
using ModelPlatform.Sources;

namespace ModelPlatform.Manifests.FileSystem;

/// <summary>
/// Records as files. A write is a temporary file, flushed, renamed over its place, and the directory flushed: after a power cut there is the old record or the new one.
/// Conditions are checked under a lock file for each path, which processes share; the ETag is the hash of the content and the write's own mark.
/// </summary>
internal sealed class FileSystemRecordStore(string root, TimeProvider time) : IRecordStore
{
    private const string TemporarySuffix = "=tmp";
    private const string LockDirectory = "=locks";

    public async ValueTask<StoredRecord?> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadFileAsync(FileOf(path), cancellationToken);
        }
        catch (Exception exception) when (IsFailure(exception))
        {
            throw Failed("read", path, exception);
        }
    }

    public async ValueTask<string?> WriteAsync(string path, ReadOnlyMemory<byte> content, RecordCondition condition, CancellationToken cancellationToken)
    {
        var file = FileOf(path);
        try
        {
            using var held = await LockAsync(path, cancellationToken);
            if (!Holds(condition, await ReadFileAsync(file, cancellationToken)))
            {
                return null;
            }

            var directory = Path.GetDirectoryName(file)!;
            CreateDirectory(directory);
            var temporary = $"{file}{TemporarySuffix}";
            var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 0, FileOptions.Asynchronous);
            await using (stream)
            {
                await stream.WriteAsync(content, cancellationToken);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, file, overwrite: true);
            DirectorySync.Flush(directory);
            return ETagOf(content.Span, File.GetLastWriteTimeUtc(file));
        }
        catch (Exception exception) when (IsFailure(exception))
        {
            throw Failed("write", path, exception);
        }
    }

    public async ValueTask<bool> DeleteAsync(string path, RecordCondition condition, CancellationToken cancellationToken)
    {
        var file = FileOf(path);
        try
        {
            using var held = await LockAsync(path, cancellationToken);
            if (await ReadFileAsync(file, cancellationToken) is not { } present || !Holds(condition, present))
            {
                return false;
            }

            File.Delete(file);
            DirectorySync.Flush(Path.GetDirectoryName(file)!);
            return true;
        }
        catch (Exception exception) when (IsFailure(exception))
        {
            throw Failed("delete", path, exception);
        }
    }

    public async IAsyncEnumerable<string> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var path in ListFiles(prefix))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return path;
        }

        await ValueTask.CompletedTask;
    }

    private List<string> ListFiles(string prefix)
    {
        RecordPath.SplitPrefix(prefix);
        var directory = Path.Combine(root, prefix[..prefix.LastIndexOf('/')]);
        try
        {
            var paths = Directory.Exists(directory)
                ? Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories)
                    .Where(file => !file.EndsWith(TemporarySuffix, StringComparison.Ordinal))
                    .Select(file => Path.GetRelativePath(root, file).Replace(Path.DirectorySeparatorChar, '/'))
                    .Where(path => path.StartsWith(prefix, StringComparison.Ordinal))
                    .ToList()
                : [];
            paths.Sort(StringComparer.Ordinal);
            return paths;
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception exception) when (IsFailure(exception))
        {
            throw Failed("list", prefix, exception);
        }
    }

    private async Task<FileStream> LockAsync(string path, CancellationToken cancellationToken)
    {
        // 256 lock files serve all paths: two records of one stripe only wait for each other.
        var directory = Path.Combine(root, LockDirectory);
        Directory.CreateDirectory(directory);
        var stripe = Path.Combine(directory, Sha256Digest.Of(Encoding.UTF8.GetBytes(path)).ToString()[..2]);
        return await FileLock.AcquireAsync(stripe, time, cancellationToken);
    }

    /// <summary>Creates a directory and flushes every parent that gained a name.</summary>
    private void CreateDirectory(string directory)
    {
        if (Directory.Exists(directory))
        {
            return;
        }

        var parent = Path.GetDirectoryName(directory)!;
        if (directory.Length > root.Length)
        {
            CreateDirectory(parent);
        }

        Directory.CreateDirectory(directory);
        DirectorySync.Flush(parent);
    }

    private static async Task<StoredRecord?> ReadFileAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
            var content = new byte[stream.Length];
            await stream.ReadExactlyAsync(content, cancellationToken);
            var modified = File.GetLastWriteTimeUtc(stream.SafeFileHandle);
            return new StoredRecord(content, ETagOf(content, modified), new DateTimeOffset(modified, TimeSpan.Zero));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private string FileOf(string path)
    {
        RecordPath.Split(path);
        return Path.Combine(root, path.Replace('/', Path.DirectorySeparatorChar));
    }

    private static string ETagOf(ReadOnlySpan<byte> content, DateTime modified) => $"{Sha256Digest.Of(content)}-{modified.Ticks:x}";

    private static bool Holds(RecordCondition condition, StoredRecord? present) =>
        condition.MustBeAbsent ? present is null : condition.ETag is null || condition.ETag == present?.ETag;

    private static bool IsFailure(Exception exception) => exception is IOException or UnauthorizedAccessException;

    private PlatformException Failed(string what, string path, Exception exception) => StorageFailure.From($"{what} the record '{path}'", root, exception);
}
