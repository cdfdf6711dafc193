using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;
using ModelPlatform.Chunks.FileSystem;
using ModelPlatform.Integrity;

namespace ModelPlatform.Chunks.PlainFiles;

/// <summary>
/// Keeps one model's files as they are, for fetching without a server: a chunk goes straight to its place in its file, so that nothing is written twice.
/// The journal names a chunk before it is safe from a power cut; whoever goes on hashes it again, and files are made durable before they get their names.
/// </summary>
/// <param name="root">Where the files grow.</param>
internal sealed class PlainFileStore(string root) : IPlacedChunkStore, IPlainFiles, IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<SafeFileHandle>> handles = new(StringComparer.Ordinal);

    public ValueTask PutAsync(string path, long offset, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Guard("write", () =>
        {
            RandomAccess.Write(Open(path), content.Span, offset);
            return ValueTask.CompletedTask;
        });
    }

    public ValueTask<int?> ReadAsync(string path, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Guard("read", () =>
        {
            if (!handles.ContainsKey(path) && !File.Exists(PathOf(path)))
            {
                return (int?)null;
            }

            var filled = 0;
            while (filled < destination.Length && RandomAccess.Read(Open(path), destination.Span[filled..], offset + filled) is > 0 and var count)
            {
                filled += count;
            }

            return filled;
        }));
    }

    public string Complete(string path, long size) => Guard("sync", () =>
    {
        var handle = Open(path);
        RandomAccess.SetLength(handle, size);
        RandomAccess.FlushToDisk(handle);
        handles.TryRemove(path, out _);
        handle.Dispose();
        return PathOf(path);
    });

    public ValueTask<ChunkPut> PutAsync(Sha256Digest id, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        throw new NotSupportedException("A chunk of plain files has a place.");

    public ValueTask<int?> ReadAsync(Sha256Digest id, Memory<byte> destination, CancellationToken cancellationToken) => ValueTask.FromResult<int?>(null);

    public ValueTask FlushAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<long?> TouchAsync(Sha256Digest id, CancellationToken cancellationToken) => ValueTask.FromResult<long?>(null);

    public IAsyncEnumerable<StoredChunk> ListAsync(CancellationToken cancellationToken) => AsyncEnumerable.Empty<StoredChunk>();

    public ValueTask<bool> DeleteAsync(StoredChunk seen, CancellationToken cancellationToken) => ValueTask.FromResult(false);

    /// <summary>A wrong chunk is written over where it stands.</summary>
    public ValueTask QuarantineAsync(Sha256Digest id, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<int> CountQuarantinedAsync(CancellationToken cancellationToken) => ValueTask.FromResult(0);

    public ValueTask CheckAsync(CancellationToken cancellationToken) => Guard("check", () =>
    {
        Directory.CreateDirectory(root);
        return ValueTask.CompletedTask;
    });

    public void Dispose()
    {
        foreach (var handle in handles.Values.Where(handle => handle.IsValueCreated))
        {
            handle.Value.Dispose();
        }
    }

    private SafeFileHandle Open(string path) => handles.GetOrAdd(path, name => new Lazy<SafeFileHandle>(() =>
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!);
        return File.OpenHandle(PathOf(name), FileMode.OpenOrCreate, FileAccess.ReadWrite);
    })).Value;

    private string PathOf(string path) => Path.Combine(root, Path.Combine(path.Split('/')));

    private T Guard<T>(string action, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw StorageFailure.From(action, root, exception);
        }
    }
}
