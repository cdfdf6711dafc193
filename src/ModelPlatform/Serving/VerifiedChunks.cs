using Microsoft.Extensions.Logging;
using ModelPlatform.Chunks;
using ModelPlatform.Chunks.FileSystem;
using ModelPlatform.Chunks.Housekeeping;
using ModelPlatform.Integrity;
using ModelPlatform.Sources;

namespace ModelPlatform.Serving;

/// <summary>
/// Chunks whose bytes were just proven. From a store of plain files a proven file is read in place; from any other store the proven bytes are kept in a
/// cache of bounded size that all readers share. A chunk that no longer matches is quarantined and fetched again, never handed out.
/// </summary>
internal sealed partial class VerifiedChunks(IChunkStore store, ServingOptions options, ILogger<VerifiedChunks> logger, IChunkHealing? healing = null)
{
    private readonly IChunkFiles? files = store as IChunkFiles;
    private readonly ProvenFiles proven = new();
    private readonly ChunkCache cache = new(options.CacheBytes);

    /// <summary>The chunk's own file, proven; null where the store has none to read in place.</summary>
    /// <exception cref="PlatformException">The file's bytes do not match.</exception>
    public ProvenFile? OpenFile(Sha256Digest id, int length)
    {
        if (files?.FindPlain(id) is not { } found || ProvenFile.TryOpen(found.Path) is not { } file)
        {
            return null;
        }

        if (proven.Contains(id, found.Identity))
        {
            ServingTelemetry.CountLookup(isHit: true);
            return file;
        }

        if (found.Identity.Size == length && file.Matches(id, length))
        {
            proven.Add(id, found.Identity);
            ServingTelemetry.CountLookup(isHit: false);
            return file;
        }

        // The slow path reads it once more, and quarantines it.
        file.Dispose();
        return null;
    }

    /// <summary>The chunk's bytes, until the lease is disposed.</summary>
    /// <exception cref="PlatformException">StorageFailed where the chunk is missing, IntegrityFailed where it does not match.</exception>
    public ValueTask<ChunkLease> AcquireAsync(Sha256Digest id, int length, CancellationToken cancellationToken) =>
        cache.AcquireAsync(id, length, LoadAsync, cancellationToken);

    /// <summary>Starts loading a chunk that is wanted next, if there is room. What goes wrong shows when it is acquired.</summary>
    public void ReadAhead(Sha256Digest id, int length)
    {
        if (files is null)
        {
            cache.TryLoad(id, length, LoadAsync);
        }
    }

    private async Task LoadAsync(Sha256Digest id, Memory<byte> destination)
    {
        if (await TryLoadAsync(id, destination) is not { } error)
        {
            return;
        }

        if (healing is null)
        {
            throw new PlatformException(error);
        }

        // Whoever waits gets the right bytes late rather than none.
        if (await healing.HealAsync(id, CancellationToken.None) is { } reason)
        {
            throw new PlatformException(error with { Message = $"{error.Message} It could not be fetched again: {reason.Message}" });
        }

        if (await TryLoadAsync(id, destination) is { } again)
        {
            throw new PlatformException(again);
        }
    }

    private async Task<PlatformError?> TryLoadAsync(Sha256Digest id, Memory<byte> destination)
    {
        var length = await store.ReadAsync(id, destination, CancellationToken.None);
        if (length is null)
        {
            LogMissing(id);
            return new PlatformError(ErrorCode.StorageFailed, $"Chunk {id} is missing from the chunk store.");
        }

        if (length == destination.Length && Sha256Digest.Of(destination.Span) == id)
        {
            return null;
        }

        IntegrityTelemetry.ChunkFromStore();
        LogMismatch(id, destination.Length, length.Value);
        await store.QuarantineAsync(id, CancellationToken.None);
        return new PlatformError(ErrorCode.IntegrityFailed, $"Chunk {id} no longer matches its hash; it was taken out of service.");
    }

    [LoggerMessage(2301, LogLevel.Error, "Chunk {Chunk} is missing from the store")]
    private partial void LogMissing(Sha256Digest chunk);

    [LoggerMessage(2302, LogLevel.Error, "Chunk {Chunk} does not match its hash ({Expected} bytes expected, {Actual} stored): quarantined")]
    private partial void LogMismatch(Sha256Digest chunk, int expected, int actual);
}
