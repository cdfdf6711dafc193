using System.Collections.Concurrent;
using System.Net;
using System.Runtime.CompilerServices;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using ModelPlatform.Sources;

namespace ModelPlatform.Manifests.Azure;

/// <summary>Records as blobs; the first segment of a path is the container, made on first use.</summary>
internal sealed class AzureRecordStore(BlobServiceClient service) : IRecordStore
{
    private readonly ConcurrentDictionary<string, BlobContainerClient> containers = new(StringComparer.Ordinal);

    public async ValueTask<StoredRecord?> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            var response = await Blob(path).DownloadContentAsync(cancellationToken);
            var details = response.Value.Details;
            return new StoredRecord(response.Value.Content.ToMemory(), details.ETag.ToString(), details.LastModified);
        }
        catch (RequestFailedException exception) when (exception.Status == (int)HttpStatusCode.NotFound)
        {
            return null;
        }
        catch (Exception exception) when (IsFailure(exception, cancellationToken))
        {
            throw Failed("read", path, exception);
        }
    }

    public async ValueTask<string?> WriteAsync(string path, ReadOnlyMemory<byte> content, RecordCondition condition, CancellationToken cancellationToken)
    {
        var options = new BlobUploadOptions { Conditions = Conditions(condition), HttpHeaders = new BlobHttpHeaders { ContentType = "application/json" } };
        try
        {
            while (true)
            {
                try
                {
                    var response = await Blob(path).UploadAsync(BinaryData.FromBytes(content), options, cancellationToken);
                    return response.Value.ETag.ToString();
                }
                catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.ContainerNotFound && condition.ETag is null)
                {
                    await Container(RecordPath.Split(path).Container).CreateIfNotExistsAsync(PublicAccessType.None, null, null, cancellationToken);
                }
            }
        }
        catch (RequestFailedException exception) when (IsConditionNotMet(exception, condition))
        {
            return null;
        }
        catch (Exception exception) when (IsFailure(exception, cancellationToken))
        {
            throw Failed("write", path, exception);
        }
    }

    public async ValueTask<bool> DeleteAsync(string path, RecordCondition condition, CancellationToken cancellationToken)
    {
        if (condition.MustBeAbsent)
        {
            return false;
        }

        try
        {
            await Blob(path).DeleteAsync(DeleteSnapshotsOption.None, Conditions(condition), cancellationToken);
            return true;
        }
        catch (RequestFailedException exception) when (exception.Status is (int)HttpStatusCode.NotFound or (int)HttpStatusCode.PreconditionFailed)
        {
            return false;
        }
        catch (Exception exception) when (IsFailure(exception, cancellationToken))
        {
            throw Failed("delete", path, exception);
        }
    }

    public async IAsyncEnumerable<string> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (container, rest) = RecordPath.SplitPrefix(prefix);
        var blobs = Container(container).GetBlobsAsync(BlobTraits.None, BlobStates.None, rest, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (blobs)
        {
            while (await MoveNextAsync(blobs, prefix, cancellationToken))
            {
                yield return $"{container}/{blobs.Current.Name}";
            }
        }
    }

    private static async ValueTask<bool> MoveNextAsync(IAsyncEnumerator<BlobItem> blobs, string prefix, CancellationToken cancellationToken)
    {
        try
        {
            return await blobs.MoveNextAsync();
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.ContainerNotFound)
        {
            return false;
        }
        catch (Exception exception) when (IsFailure(exception, cancellationToken))
        {
            throw Failed("list", prefix, exception);
        }
    }

    private static bool IsConditionNotMet(RequestFailedException exception, RecordCondition condition) =>
        exception.Status is (int)HttpStatusCode.PreconditionFailed || exception.ErrorCode == BlobErrorCode.BlobAlreadyExists
        || (condition.ETag is not null && exception.Status is (int)HttpStatusCode.NotFound);

    private BlobClient Blob(string path)
    {
        var (container, name) = RecordPath.Split(path);
        return Container(container).GetBlobClient(name);
    }

    private BlobContainerClient Container(string name) => containers.GetOrAdd(name, static (name, service) => service.GetBlobContainerClient(name), service);

    private static BlobRequestConditions Conditions(RecordCondition condition) => condition.MustBeAbsent
        ? new BlobRequestConditions { IfNoneMatch = ETag.All }
        : new BlobRequestConditions { IfMatch = condition.ETag is { } etag ? new ETag(etag) : null };

    private static bool IsFailure(Exception exception, CancellationToken cancellationToken) =>
        exception is RequestFailedException or AggregateException or IOException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    private static PlatformException Failed(string what, string path, Exception exception)
    {
        var code = (exception as RequestFailedException)?.ErrorCode;
        return new PlatformException(new PlatformError(ErrorCode.StorageFailed, $"Blob storage could not {what} '{path}'{(code is null ? string.Empty : $": {code}")}."), exception);
    }
}
