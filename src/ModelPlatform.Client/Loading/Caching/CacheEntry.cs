using System.Text.Json;
using ModelPlatform.Manifests.FileSystem;

namespace ModelPlatform.Client.Loading.Caching;

/// <summary>One model of the cache, in use until disposed.</summary>
internal sealed class CacheEntry(string directory, string writeLock, FileStream held, TimeProvider time) : IDisposable
{
    public string Directory { get; } = directory;

    public string Files { get; } = Path.Combine(directory, "files");

    /// <summary>What is half loaded.</summary>
    public string Partial { get; } = Path.Combine(directory, "partial");

    /// <summary>Waits until no other process writes this model.</summary>
    public Task<FileStream> LockAsync(CancellationToken cancellationToken) => FileLock.AcquireAsync(writeLock, time, cancellationToken);

    public static CacheRecord? Read(string directory)
    {
        try
        {
            using var file = File.OpenRead(Path.Combine(directory, CacheRecord.FileName));
            return JsonSerializer.Deserialize(file, CacheJson.Default.CacheRecord);
        }
        catch (Exception exception) when (exception is IOException or JsonException)
        {
            // Half written by a process that was killed, or going: its files count all the same.
            return null;
        }
    }

    public void Write(CacheRecord record)
    {
        System.IO.Directory.CreateDirectory(Directory);
        if (Read(Directory) is null)
        {
            File.WriteAllBytes(Path.Combine(Directory, CacheRecord.FileName), JsonSerializer.SerializeToUtf8Bytes(record, CacheJson.Default.CacheRecord));
        }

        Touch();
    }

    public void Touch() => System.IO.Directory.SetLastWriteTimeUtc(Directory, time.GetUtcNow().UtcDateTime);

    public void Dispose() => held.Dispose();
}
