using ModelPlatform.Client.Connection;
using ModelPlatform.Manifests.Trust;

namespace ModelPlatform.Client.Trust;

/// <summary>Keys that sign manifests.</summary>
public sealed class TrustClient
{
    private readonly ApiConnection connection;

    internal TrustClient(ApiConnection connection) => this.connection = connection;

    /// <summary>The trust root, public parts only.</summary>
    public Task<ApiResult<TrustRoot>> GetKeysAsync(CancellationToken cancellationToken = default) =>
        connection.GetAsync("/v2/trust/keys", ApiJson.Default.TrustRoot, cancellationToken);

    /// <summary>Makes a new signing key; older manifests stay valid.</summary>
    public Task<ApiResult<Acknowledgement>> RotateAsync(CancellationToken cancellationToken = default) =>
        connection.SendAsync(HttpMethod.Post, "/v1/trust/rotate", null, ApiJson.Default.Acknowledgement, cancellationToken);
}
