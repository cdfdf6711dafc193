using ModelPlatform.Chunks;
using ModelPlatform.Integrity;
using ModelPlatform.Sources;

namespace ModelPlatform.Tests.Fetching;

/// <summary>A store whose Nth call fails, before or after it has had its effect.</summary>
internal sealed class FaultyChunkStore(IChunkStore inner, int failAt, bool afterEffect, ErrorCode code = ErrorCode.StorageFailed) : IChunkStore
{
    private int calls;

    public bool HasFailed => Volatile.Read(ref calls) >= failAt;

    public ValueTask<ChunkPut> PutAsync(Sha256Digest id, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => CallAsync(() => inner.PutAsync(id, content, cancellationToken));

    public async ValueTask FlushAsync(CancellationToken cancellationToken) => await CallAsync(async () =>
    {
        await inner.FlushAsync(cancellationToken);
        return true;
    });

    public ValueTask<long?> TouchAsync(Sha256Digest id, CancellationToken cancellationToken) => CallAsync(() => inner.TouchAsync(id, cancellationToken));

    public ValueTask<int?> ReadAsync(Sha256Digest id, Memory<byte> destination, CancellationToken cancellationToken) => CallAsync(() => inner.ReadAsync(id, destination, cancellationToken));

    public IAsyncEnumerable<StoredChunk> ListAsync(CancellationToken cancellationToken) => inner.ListAsync(cancellationToken);

    public ValueTask<bool> DeleteAsync(StoredChunk seen, CancellationToken cancellationToken) => CallAsync(() => inner.DeleteAsync(seen, cancellationToken));

    public ValueTask QuarantineAsync(Sha256Digest id, CancellationToken cancellationToken) => inner.QuarantineAsync(id, cancellationToken);

    public ValueTask<int> CountQuarantinedAsync(CancellationToken cancellationToken) => inner.CountQuarantinedAsync(cancellationToken);

    public ValueTask CheckAsync(CancellationToken cancellationToken) => inner.CheckAsync(cancellationToken);

    private async ValueTask<T> CallAsync<T>(Func<ValueTask<T>> call)
    {
        var isFailing = Interlocked.Increment(ref calls) == failAt;
        if (isFailing && !afterEffect)
        {
            throw new PlatformException(new PlatformError(code, "The store fails."));
        }

        var result = await call();
        return isFailing ? throw new PlatformException(new PlatformError(code, "The store's answer is lost.")) : result;
    }
}
