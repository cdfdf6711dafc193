using ModelPlatform.Client.Connection;
using ModelPlatform.Manifests;
using ModelPlatform.Manifests.FileSystem;

namespace ModelPlatform.Client.Loading.Caching;

/// <summary>
/// Loaded models as plain files, shared by all processes of this machine. A model in use is locked by whoever uses it, so that making room never takes it away;
/// locks end with their process. Nothing here is believed: whoever takes files from the cache hashes them.
/// </summary>
internal sealed class ModelCache(string directory, long limit, TimeProvider time)
{
    private readonly string models = Path.Combine(directory, "models");
    private readonly string manifests = Path.Combine(directory, "manifests");
    private readonly string locks = Path.Combine(directory, "locks");
    private readonly string trash = Path.Combine(directory, "trash");

    /// <summary>Takes a model for use. Until the entry is disposed nobody removes it.</summary>
    public async Task<CacheEntry> UseAsync(string id, string manifestHash, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(locks);
        var key = $"{FileName(id)}@{manifestHash[..16]}";
        var held = await FileLock.AcquireAsync(LockPath($"{key}.use"), time, cancellationToken, isShared: true);
        return new CacheEntry(Path.Combine(models, key), LockPath($"{key}.write"), held, time);
    }

    /// <summary>Sets space aside, removing the least recently used models that nobody uses.</summary>
    /// <returns>DiskFull where there is not enough to remove.</returns>
    public async Task<ApiProblem?> ReserveAsync(CacheEntry entry, CacheRecord record, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(locks);
        using var alone = await FileLock.AcquireAsync(LockPath("cache"), time, cancellationToken);
        var others = Entries().Where(other => other.Directory != entry.Directory).OrderBy(other => other.LastAccess).ToList();
        var total = others.Sum(other => other.Size) + SizeOf(manifests) + record.Size;
        foreach (var other in others)
        {
            if (total <= limit)
            {
                break;
            }

            total -= record.Size <= limit ? Remove(other) : 0;
        }

        if (total > limit)
        {
            return new ApiProblem { Error = $"{record.Id} has {record.Size} bytes; the cache in {directory} may hold {limit}, and what others use cannot be removed.", Code = ProblemCode.DiskFull };
        }

        entry.Write(record);
        return null;
    }

    public CacheStats Stats()
    {
        var found = Entries().OrderBy(entry => entry.LastAccess).ToList();
        return new CacheStats(
            found.Count, found.Sum(entry => entry.Size) + SizeOf(manifests),
            [.. found.Select(entry => new CachedModel(entry.Record?.Id ?? Path.GetFileName(entry.Directory), entry.Size, entry.LastAccess, entry.Record?.Hash ?? "unknown", entry.Record?.CachedAt ?? entry.LastAccess))]);
    }

    /// <summary>Removes every model that nobody uses, and all manifests.</summary>
    /// <returns>The bytes that came free.</returns>
    public async Task<long> ClearAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(locks);
        using var alone = await FileLock.AcquireAsync(LockPath("cache"), time, cancellationToken);
        var freed = Entries().Sum(Remove) + SizeOf(manifests);
        if (Directory.Exists(manifests))
        {
            Directory.Delete(manifests, recursive: true);
        }

        return freed;
    }

    public byte[]? ReadManifest(string asked)
    {
        try
        {
            using var file = File.OpenRead(ManifestPath(asked));
            var utf8 = new byte[Math.Min(file.Length, ManifestDocument.MaxBytes)];
            file.ReadExactly(utf8);
            return utf8;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    public void WriteManifest(string asked, ReadOnlySpan<byte> utf8)
    {
        Directory.CreateDirectory(manifests);
        var temporary = Path.Combine(manifests, $"{Guid.NewGuid():N}.new");
        File.WriteAllBytes(temporary, utf8);
        File.Move(temporary, ManifestPath(asked), overwrite: true);
    }

    /// <summary>Bytes of all files below a directory.</summary>
    public static long SizeOf(string directory)
    {
        try
        {
            return Directory.Exists(directory) ? new DirectoryInfo(directory).EnumerateFiles("*", SearchOption.AllDirectories).Sum(Length) : 0;
        }
        catch (DirectoryNotFoundException)
        {
            // Removed by another process while it was read.
            return 0;
        }
    }

    private static long Length(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            return 0;
        }
    }

    private IEnumerable<(string Directory, CacheRecord? Record, long Size, DateTimeOffset LastAccess)> Entries()
    {
        if (!Directory.Exists(models))
        {
            yield break;
        }

        foreach (var path in Directory.GetDirectories(models))
        {
            var record = CacheEntry.Read(path);
            yield return (path, record, Math.Max(SizeOf(path), record?.Size ?? 0), Directory.GetLastWriteTimeUtc(path));
        }
    }

    /// <summary>Removes a model unless somebody uses it: moved aside first, so that nobody ever finds half of it.</summary>
    private long Remove((string Directory, CacheRecord? Record, long Size, DateTimeOffset LastAccess) entry)
    {
        using var alone = FileLock.TryAcquire(LockPath($"{Path.GetFileName(entry.Directory)}.use"));
        if (alone is null)
        {
            return 0;
        }

        Directory.CreateDirectory(trash);
        var aside = Path.Combine(trash, Guid.NewGuid().ToString("N"));
        Directory.Move(entry.Directory, aside);
        Directory.Delete(trash, recursive: true);
        return entry.Size;
    }

    private string ManifestPath(string asked) => Path.Combine(manifests, $"{FileName(asked)}.json");

    private string LockPath(string name) => Path.Combine(locks, $"{name}.lock");

    private static string FileName(string id) => Uri.EscapeDataString(id).Replace('%', '~');
}
