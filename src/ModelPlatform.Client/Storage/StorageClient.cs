using ModelPlatform.Client.Connection;

namespace ModelPlatform.Client.Storage;

/// <summary>The chunk store, and the index over what is in it.</summary>
public sealed class StorageClient
{
    private readonly ApiConnection connection;

    internal StorageClient(ApiConnection connection) => this.connection = connection;

    /// <summary>How much is stored, and how much sharing saves.</summary>
    public Task<ApiResult<StorageUsage>> GetUsageAsync(CancellationToken cancellationToken = default) =>
        connection.GetAsync("/v1/storage", ApiJson.Default.StorageUsage, cancellationToken);

    /// <summary>Removes chunks nothing refers to, or only counts them.</summary>
    public Task<ApiResult<GarbageCollection>> CollectGarbageAsync(bool dryRun, CancellationToken cancellationToken = default) =>
        connection.SendAsync(HttpMethod.Post, dryRun ? "/v1/storage/gc?dryRun=true" : "/v1/storage/gc", null, ApiJson.Default.GarbageCollection, cancellationToken);

    /// <summary>Hashes what is stored again.</summary>
    public Task<ApiResult<StorageVerification>> VerifyAsync(CancellationToken cancellationToken = default) =>
        connection.SendAsync(HttpMethod.Post, "/v1/storage/verify", null, ApiJson.Default.StorageVerification, cancellationToken);

    /// <summary>Makes the index anew from the manifests.</summary>
    public Task<ApiResult<Acknowledgement>> RebuildRegistryAsync(CancellationToken cancellationToken = default) =>
        connection.SendAsync(HttpMethod.Post, "/v1/registry/rebuild", null, ApiJson.Default.Acknowledgement, cancellationToken);
}
