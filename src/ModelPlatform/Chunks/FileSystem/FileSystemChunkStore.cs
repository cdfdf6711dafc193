using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using ModelPlatform.Chunks.Compression;
using ModelPlatform.Integrity;
using ModelPlatform.Sources;

namespace ModelPlatform.Chunks.FileSystem;

/// <summary>
/// One file per chunk. A put writes a temporary file; the flush that follows syncs all waiting files, renames them to their names and syncs the directories, so that
/// durability costs one round for many chunks and no torn file ever bears a chunk's name. Until then the chunk is seen by this process only.
/// </summary>
internal sealed partial class FileSystemChunkStore : IChunkStore, IChunkFiles, IDisposable
{
    private const int ParallelSyncs = 4;
    private static readonly TimeSpan LeftoverAge = TimeSpan.FromHours(1);

    private readonly ChunkLayout layout;
    private readonly ChunkCompression compression;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly ConcurrentDictionary<Sha256Digest, Pending> pending = new();
    private readonly SemaphoreSlim commit = new(1);

    public FileSystemChunkStore(string storeDirectory, ChunkCompression compression, TimeProvider time, ILogger<FileSystemChunkStore> logger)
    {
        (layout, this.compression, this.time, this.logger) = (new ChunkLayout(storeDirectory), compression, time, logger);
        Guard("prepare", () =>
        {
            foreach (var directory in layout.Shards.Append(layout.Temporary).Append(layout.Quarantine))
            {
                Directory.CreateDirectory(directory);
            }

            DirectorySync.Flush(layout.Root);
            RemoveLeftovers();
            return true;
        });
    }

    public ValueTask<ChunkPut> PutAsync(Sha256Digest id, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Guard("write", () => Put(id, content)));
    }

    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        await commit.WaitAsync(cancellationToken);
        try
        {
            var batch = pending.ToArray();
            if (batch.Length > 0)
            {
                // Another thread: the caller may be the one that reads the network.
                await Task.Run(() => Guard("sync", () => Commit(batch)), cancellationToken);
            }
        }
        finally
        {
            commit.Release();
        }
    }

    public ValueTask<long?> TouchAsync(Sha256Digest id, CancellationToken cancellationToken) => ValueTask.FromResult(Guard("touch", () => Touch(id)));

    public ValueTask<int?> ReadAsync(Sha256Digest id, Memory<byte> destination, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Guard("read", () => Read(id, destination)));
    }

    public async IAsyncEnumerable<StoredChunk> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Guard("list", RemoveLeftovers);
        foreach (var shard in layout.Shards)
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var path in Guard("list", () => Directory.GetFiles(shard)))
            {
                if (ChunkLayout.TryParseName(Path.GetFileName(path.AsSpan()), out var id) && FileIdentity.Of(path) is { } identity)
                {
                    yield return new StoredChunk(id, identity.Size, identity.LastModified, identity.ETag);
                }
            }
        }

        await ValueTask.CompletedTask;
    }

    public ValueTask<bool> DeleteAsync(StoredChunk seen, CancellationToken cancellationToken) => ValueTask.FromResult(Guard("delete", () => Delete(seen)));

    public ValueTask QuarantineAsync(Sha256Digest id, CancellationToken cancellationToken)
    {
        Guard("quarantine", () => Quarantine(id));
        return ValueTask.CompletedTask;
    }

    public ValueTask<int> CountQuarantinedAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult(Guard("list", () => Directory.EnumerateFiles(layout.Quarantine).Count()));

    public ValueTask CheckAsync(CancellationToken cancellationToken)
    {
        Guard("check", () =>
        {
            var probe = Path.Combine(layout.Temporary, $"probe.{Guid.NewGuid():N}");
            File.WriteAllBytes(probe, [1]);
            File.Delete(probe);
            return Directory.Exists(layout.Shards.First());
        });
        return ValueTask.CompletedTask;
    }

    public ChunkFile? FindPlain(Sha256Digest id) => layout.Find(id) is { Compression: ChunkCompression.None } file ? file : null;

    public void Dispose()
    {
        Forget(pending.ToArray());
        commit.Dispose();
    }

    private ChunkPut Put(Sha256Digest id, ReadOnlyMemory<byte> content)
    {
        var present = Touch(id);
        if (present == content.Length)
        {
            return ChunkPut.AlreadyPresent;
        }

        if (present is not null)
        {
            // A file of another length is not this chunk, whatever its name says.
            Quarantine(id);
        }

        var encoded = ChunkEncoding.TryEncode(compression, content.Span);
        var temporary = layout.NewTemporary(id);
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
            RandomAccess.Write(handle, encoded is var (rented, length) ? rented.AsSpan(0, length) : content.Span, 0);
            var chunk = new Pending(temporary, layout.PathOf(id, encoded is null ? ChunkCompression.None : compression), encoded is null ? ChunkCompression.None : compression, handle, content.Length);
            if (!pending.TryAdd(id, chunk))
            {
                Discard(temporary, handle);
                return ChunkPut.AlreadyPresent;
            }

            return ChunkPut.Stored;
        }
        catch
        {
            Discard(temporary, handle);
            throw;
        }
        finally
        {
            if (encoded is not null)
            {
                System.Buffers.ArrayPool<byte>.Shared.Return(encoded.Value.Rented);
            }
        }
    }

    private bool Commit(KeyValuePair<Sha256Digest, Pending>[] batch)
    {
        try
        {
            Parallel.ForEach(batch, new ParallelOptions { MaxDegreeOfParallelism = ParallelSyncs }, item => RandomAccess.FlushToDisk(item.Value.Handle));
            foreach (var (_, chunk) in batch)
            {
                File.Move(chunk.Temporary, chunk.Path, overwrite: true);
            }

            foreach (var directory in batch.Select(item => Path.GetDirectoryName(item.Value.Path)!).Distinct(StringComparer.Ordinal))
            {
                DirectorySync.Flush(directory);
            }
        }
        catch
        {
            // After a failed sync the kernel may call the next one a success without the bytes: only writing again is safe.
            Forget(batch);
            throw;
        }

        Forget(batch);
        return true;
    }

    private void Forget(KeyValuePair<Sha256Digest, Pending>[] batch)
    {
        foreach (var (id, chunk) in batch)
        {
            pending.TryRemove(id, out _);
            Discard(chunk.Temporary, chunk.Handle);
        }
    }

    private bool Quarantine(Sha256Digest id)
    {
        while (layout.Find(id) is { } file)
        {
            TryMove(file.Path, Path.Combine(layout.Quarantine, $"{Path.GetFileName(file.Path)}.{Guid.NewGuid():N}"));
            LogQuarantined(id.ToString());
        }

        return true;
    }

    private long? Touch(Sha256Digest id)
    {
        if (pending.TryGetValue(id, out var chunk))
        {
            return chunk.PlainLength;
        }

        if (layout.Find(id) is not { } file)
        {
            return null;
        }

        try
        {
            var now = time.GetUtcNow().UtcDateTime;
            var after = file.Identity.LastModified.UtcDateTime.AddTicks(1);
            File.SetLastWriteTimeUtc(file.Path, now > after ? now : after);
            return PlainLength(file);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private int? Read(Sha256Digest id, Memory<byte> destination)
    {
        ChunkFile file;
        if (pending.TryGetValue(id, out var chunk) && FileIdentity.Of(chunk.Temporary) is { } identity)
        {
            file = new ChunkFile(chunk.Temporary, chunk.Compression, identity);
        }
        else if (layout.Find(id) is { } found)
        {
            file = found;
        }
        else
        {
            return null;
        }

        using var handle = TryOpen(file.Path) ?? TryOpen(layout.Find(id)?.Path);
        return handle is null ? null : file.Compression == ChunkCompression.None ? ReadPlain(handle, destination) : ReadEncoded(handle, file.Compression, destination);
    }

    private static int ReadPlain(SafeFileHandle handle, Memory<byte> destination)
    {
        var length = RandomAccess.GetLength(handle);
        return length > destination.Length ? (int)Math.Min(length, int.MaxValue) : Fill(handle, destination.Span[..(int)length]);
    }

    private static int ReadEncoded(SafeFileHandle handle, ChunkCompression compression, Memory<byte> destination)
    {
        var encoded = new byte[RandomAccess.GetLength(handle)];
        var read = Fill(handle, encoded);
        var plainLength = ChunkEncoding.PlainLength(encoded.AsSpan(0, read));
        return plainLength > destination.Length || plainLength < 0
            ? plainLength & int.MaxValue
            : ChunkEncoding.Decode(compression, encoded.AsMemory(0, read), destination.Span[..plainLength]);
    }

    private static int Fill(SafeFileHandle handle, Span<byte> destination)
    {
        var filled = 0;
        while (filled < destination.Length && RandomAccess.Read(handle, destination[filled..], filled) is var count and > 0)
        {
            filled += count;
        }

        return filled;
    }

    private static SafeFileHandle? TryOpen(string? path)
    {
        try
        {
            return path is null ? null : File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private static long? PlainLength(ChunkFile file)
    {
        if (file.Compression == ChunkCompression.None)
        {
            return file.Identity.Size;
        }

        using var handle = TryOpen(file.Path);
        Span<byte> header = stackalloc byte[ChunkEncoding.HeaderSize];
        return handle is null ? null : ChunkEncoding.PlainLength(header[..Fill(handle, header)]);
    }

    /// <summary>Takes the file away first and looks at it then, so that a touch between the look and the removal cannot be missed.</summary>
    private bool Delete(StoredChunk seen)
    {
        if (layout.Find(seen.Id) is not { } file || file.Identity.ETag != seen.ETag)
        {
            return false;
        }

        var aside = layout.NewTemporary(seen.Id);
        if (!TryMove(file.Path, aside))
        {
            return false;
        }

        if (FileIdentity.Of(aside)?.ETag == seen.ETag)
        {
            File.Delete(aside);
            return true;
        }

        TryMove(aside, file.Path);
        return false;
    }

    private static bool TryMove(string from, string to)
    {
        try
        {
            File.Move(from, to, overwrite: true);
            return true;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }

    /// <summary>What a killed process was writing. The age keeps the files of processes that live.</summary>
    private bool RemoveLeftovers()
    {
        var removed = 0;
        foreach (var path in Directory.EnumerateFiles(layout.Temporary))
        {
            if (FileIdentity.Of(path) is { } identity && time.GetUtcNow() - identity.LastModified > LeftoverAge && !pending.Values.Any(chunk => chunk.Temporary == path))
            {
                File.Delete(path);
                removed++;
            }
        }

        if (removed > 0)
        {
            LogLeftoversRemoved(removed, layout.Temporary);
        }

        return true;
    }

    private static void Discard(string temporary, SafeFileHandle? handle)
    {
        handle?.Dispose();
        File.Delete(temporary);
    }

    private T Guard<T>(string action, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or AggregateException)
        {
            throw StorageFailure.From(action, layout.Root, exception);
        }
    }

    private sealed record Pending(string Temporary, string Path, ChunkCompression Compression, SafeFileHandle Handle, int PlainLength);
}
