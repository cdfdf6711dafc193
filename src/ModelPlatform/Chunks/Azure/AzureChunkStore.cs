using System.Buffers;
using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using ModelPlatform.Chunks.Compression;
using ModelPlatform.Integrity;
using ModelPlatform.Sources;

namespace ModelPlatform.Chunks.Azure;

/// <summary>One block blob per chunk in the container, which is made on first use; quarantined ones below <c>quarantine/</c>. An acknowledged put is durable, so a flush has nothing to do.</summary>
internal sealed class AzureChunkStore(BlobContainerClient container, ChunkCompression compression, TimeProvider time) : IChunkStore
{
    private const string QuarantinePrefix = "quarantine/";
    private const string PlainLengthKey = "plainlength";
    private const string TouchedKey = "touched";

    public async ValueTask<ChunkPut> PutAsync(Sha256Digest id, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var encoded = ChunkEncoding.TryEncode(compression, content.Span);
        try
        {
            var body = encoded is var (rented, length) ? rented.AsMemory(0, length) : content;
            while (true)
            {
                if (await GuardAsync("write", id, () => UploadAsync(id, body, encoded is null ? null : content.Length, cancellationToken), cancellationToken))
                {
                    return ChunkPut.Stored;
                }

                // Another length is not this chunk, whatever its name says.
                var present = await TouchAsync(id, cancellationToken);
                if (present == content.Length)
                {
                    return ChunkPut.AlreadyPresent;
                }

                if (present is not null)
                {
                    await QuarantineAsync(id, cancellationToken);
                }
            }
        }
        finally
        {
            if (encoded is not null)
            {
                ArrayPool<byte>.Shared.Return(encoded.Value.Rented);
            }
        }
    }

    public ValueTask FlushAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public async ValueTask<long?> TouchAsync(Sha256Digest id, CancellationToken cancellationToken) => await GuardAsync<long?>(
        "touch",
        id,
        async () =>
        {
            var blob = container.GetBlobClient(id.ToString());
            var properties = (await blob.GetPropertiesAsync(null, cancellationToken)).Value;
            var metadata = new Dictionary<string, string>(properties.Metadata, StringComparer.OrdinalIgnoreCase)
            {
                [TouchedKey] = time.GetUtcNow().UtcTicks.ToString(CultureInfo.InvariantCulture),
            };
            await blob.SetMetadataAsync(metadata, null, cancellationToken);
            return PlainLength(properties.Metadata) ?? properties.ContentLength;
        },
        cancellationToken);

    public async ValueTask<int?> ReadAsync(Sha256Digest id, Memory<byte> destination, CancellationToken cancellationToken) => await GuardAsync<int?>(
        "read",
        id,
        async () =>
        {
            using var download = (await container.GetBlobClient(id.ToString()).DownloadStreamingAsync(new BlobDownloadOptions(), cancellationToken)).Value;
            var stored = checked((int)download.Details.ContentLength);
            if (download.Details.ContentEncoding is not { Length: > 0 } encoding)
            {
                return stored > destination.Length ? stored : await download.Content.ReadAtLeastAsync(destination[..stored], stored, false, cancellationToken);
            }

            var encoded = new byte[stored];
            var read = await download.Content.ReadAtLeastAsync(encoded, stored, false, cancellationToken);
            var plain = ChunkEncoding.PlainLength(encoded.AsSpan(0, read));
            return plain > destination.Length || plain < 0
                ? plain & int.MaxValue
                : ChunkEncoding.Decode(encoding == "br" ? ChunkCompression.Brotli : ChunkCompression.Zlib, encoded.AsMemory(0, read), destination.Span[..plain]);
        },
        cancellationToken);

    public async IAsyncEnumerable<StoredChunk> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var blobs = container.GetBlobsAsync(BlobTraits.None, BlobStates.None, null, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (blobs)
        {
            while (await GuardAsync("list", default, async () => await blobs.MoveNextAsync(), cancellationToken))
            {
                var properties = blobs.Current.Properties;
                if (Sha256Digest.TryParse(blobs.Current.Name, out var id))
                {
                    yield return new StoredChunk(id, properties.ContentLength ?? 0, properties.LastModified ?? default, properties.ETag?.ToString() ?? string.Empty);
                }
            }
        }
    }

    public async ValueTask<bool> DeleteAsync(StoredChunk seen, CancellationToken cancellationToken) => await GuardAsync(
        "delete",
        seen.Id,
        async () =>
        {
            try
            {
                await container.GetBlobClient(seen.Id.ToString()).DeleteAsync(DeleteSnapshotsOption.None, new BlobRequestConditions { IfMatch = new ETag(seen.ETag) }, cancellationToken);
                return true;
            }
            catch (RequestFailedException exception) when (exception.Status == (int)HttpStatusCode.PreconditionFailed)
            {
                return false;
            }
        },
        cancellationToken);

    public async ValueTask QuarantineAsync(Sha256Digest id, CancellationToken cancellationToken) => await GuardAsync(
        "quarantine",
        id,
        async () =>
        {
            var blob = container.GetBlobClient(id.ToString());
            var bad = (await blob.DownloadContentAsync(cancellationToken)).Value;
            await container.GetBlobClient($"{QuarantinePrefix}{id}").UploadAsync(
                bad.Content,
                new BlobUploadOptions { HttpHeaders = new BlobHttpHeaders { ContentEncoding = bad.Details.ContentEncoding }, Metadata = bad.Details.Metadata },
                cancellationToken);
            await blob.DeleteAsync(DeleteSnapshotsOption.None, null, cancellationToken);
            return true;
        },
        cancellationToken);

    public async ValueTask<int> CountQuarantinedAsync(CancellationToken cancellationToken) => await GuardAsync(
        "list",
        default,
        async () =>
        {
            var count = 0;
            await foreach (var _ in container.GetBlobsAsync(BlobTraits.None, BlobStates.None, QuarantinePrefix, cancellationToken))
            {
                count++;
            }

            return count;
        },
        cancellationToken);

    public async ValueTask CheckAsync(CancellationToken cancellationToken) => await GuardAsync(
        "check",
        default,
        async () =>
        {
            await container.CreateIfNotExistsAsync(PublicAccessType.None, null, null, cancellationToken);
            return true;
        },
        cancellationToken);

    private async Task<bool> UploadAsync(Sha256Digest id, ReadOnlyMemory<byte> body, int? plainLength, CancellationToken cancellationToken)
    {
        var options = new BlobUploadOptions
        {
            Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All },
            TransferValidation = new global::Azure.Storage.UploadTransferValidationOptions { ChecksumAlgorithm = global::Azure.Storage.StorageChecksumAlgorithm.None },
            TransferOptions = new global::Azure.Storage.StorageTransferOptions { InitialTransferSize = int.MaxValue },
        };
        if (plainLength is not null)
        {
            options.HttpHeaders = new BlobHttpHeaders { ContentEncoding = compression == ChunkCompression.Brotli ? "br" : "deflate" };
            options.Metadata = new Dictionary<string, string> { [PlainLengthKey] = plainLength.Value.ToString(CultureInfo.InvariantCulture) };
        }

        try
        {
            await container.GetBlobClient(id.ToString()).UploadAsync(new ReadOnlyMemoryStream(body), options, cancellationToken);
            return true;
        }
        catch (RequestFailedException exception) when (exception.Status is (int)HttpStatusCode.PreconditionFailed || exception.ErrorCode == BlobErrorCode.BlobAlreadyExists)
        {
            return false;
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.ContainerNotFound)
        {
            await container.CreateIfNotExistsAsync(PublicAccessType.None, null, null, cancellationToken);
            return await UploadAsync(id, body, plainLength, cancellationToken);
        }
    }

    private static long? PlainLength(IDictionary<string, string> metadata) =>
        metadata.TryGetValue(PlainLengthKey, out var text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length : null;

    /// <summary>Absent is the default of <typeparamref name="T"/>; everything else that fails is the store's failure.</summary>
    private static async Task<T> GuardAsync<T>(string action, Sha256Digest id, Func<Task<T>> work, CancellationToken cancellationToken)
    {
        using var detail = id == default ? null : ChunkTelemetry.StartDetail(action);
        try
        {
            return await work();
        }
        catch (RequestFailedException exception) when (exception.Status == (int)HttpStatusCode.NotFound)
        {
            return default!;
        }
        catch (Exception exception) when (exception is RequestFailedException or AggregateException or IOException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            var failed = exception as RequestFailedException ?? (exception as AggregateException)?.InnerException as RequestFailedException;
            var reason = failed?.ErrorCode ?? (failed is { Status: > 0 } ? failed.Status.ToString(CultureInfo.InvariantCulture) : "no answer");
            var what = id == default ? "its chunks" : $"chunk {id}";
            throw new PlatformException(
                failed?.Status == (int)HttpStatusCode.InsufficientStorage
                    ? new PlatformError(ErrorCode.DiskFull, $"Blob storage has no space left to {action} {what}.")
                    : new PlatformError(ErrorCode.StorageFailed, $"Blob storage could not {action} {what}: {reason}."),
                exception);
        }
    }
}
