using System.Buffers;
using Microsoft.Extensions.Logging;
using ModelPlatform.Fetching;
using ModelPlatform.Fetching.Transfer;
using ModelPlatform.Integrity;
using ModelPlatform.Manifests;
using ModelPlatform.Sources;

namespace ModelPlatform.Chunks.Housekeeping;

/// <summary>Fetches one chunk again, at the revision its model was fetched at, and keeps it only if it is exactly that chunk.</summary>
internal sealed partial class ChunkHealer(IChunkStore store, SourceCalls calls, TimeProvider time, ILogger<ChunkHealer> logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Why the chunk could not be healed; null where it was.</summary>
    public async Task<PlatformError?> HealAsync(Sha256Digest id, ChunkPlace place, CancellationToken cancellationToken)
    {
        if (place.Manifest.Provenance?.Source is not { } origin)
        {
            return new PlatformError(ErrorCode.ModelNotFound, "the model came from no source that could give it again.");
        }

        using var deadline = new CancellationTokenSource(Patience, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var buffer = ArrayPool<byte>.Shared.Rent(place.Length);
        try
        {
            if (await ReadAsync(origin, place, buffer.AsMemory(0, place.Length), linked.Token) is { } error)
            {
                return error;
            }

            var actual = Sha256Digest.Of(buffer.AsSpan(0, place.Length));
            if (actual != id)
            {
                return FetchErrors.WrongChunk(place.Artifact.Path, place.Index, origin.Name, id, actual);
            }

            await store.PutAsync(id, buffer.AsMemory(0, place.Length), cancellationToken);
            await store.FlushAsync(cancellationToken);
            LogHealed(id, place.Manifest.Model.Id, origin.Name);
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new PlatformError(ErrorCode.NetworkTimeout, $"The source '{origin.Name}' did not give the chunk within {Patience.TotalSeconds:0} s.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task<PlatformError?> ReadAsync(ManifestSource origin, ChunkPlace place, Memory<byte> destination, CancellationToken cancellationToken)
    {
        var source = new FetchSource(origin.Name, new SourceReference(origin.Reference) { Revision = origin.Revision, Variant = place.Manifest.Model.Variant });
        var inspected = await calls.InspectAsync(source, place.Manifest.Model.Variant, Patience, time, cancellationToken);
        if (!inspected.TryGet(out var inspection, out var error))
        {
            return error;
        }

        var file = inspection.Variants.SelectMany(variant => variant.Files).FirstOrDefault(file => file.Path == place.Artifact.Path && (file.Size is null || file.Size == place.Artifact.Size));
        if (file is null)
        {
            return new PlatformError(ErrorCode.ModelNotFound, $"The source '{origin.Name}' no longer has '{place.Artifact.Path}' as it was.");
        }

        try
        {
            await using var opened = await calls.OpenAsync(origin.Name, file, new SourceRange(place.Offset, destination.Length), cancellationToken);
            for (var skip = place.Offset - opened.Content.Offset; skip > 0;)
            {
                var skipped = await opened.Content.Body.ReadAsync(destination[..(int)Math.Min(skip, destination.Length)], cancellationToken);
                skip -= skipped > 0 ? skipped : throw new EndOfStreamException();
            }

            await opened.Content.Body.ReadExactlyAsync(destination, cancellationToken);
            return opened.Content.Offset > place.Offset ? new PlatformError(ErrorCode.DownloadIncomplete, $"The source '{origin.Name}' answered other bytes than asked.") : null;
        }
        catch (SourceFailure failure)
        {
            return failure.Error;
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException or PlatformException)
        {
            return SourceCalls.Error(origin.Name, exception);
        }
    }

    [LoggerMessage(2211, LogLevel.Warning, "Chunk {Chunk} of {Model} was bad and is healed from {Source}")]
    private partial void LogHealed(Sha256Digest chunk, string model, string source);
}
