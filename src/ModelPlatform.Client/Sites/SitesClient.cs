using ModelPlatform.Client.Connection;

namespace ModelPlatform.Client.Sites;

/// <summary>The sites that documents are exchanged with.</summary>
public sealed class SitesClient
{
    private readonly ApiConnection connection;

    internal SitesClient(ApiConnection connection) => this.connection = connection;

    /// <summary>This site, and how it stands with the others.</summary>
    public Task<ApiResult<SitesReport>> ListAsync(CancellationToken cancellationToken = default) => connection.GetAsync("/v1/sites", ApiJson.Default.SitesReport, cancellationToken);

    /// <summary>Adds a site, or changes what is given.</summary>
    public Task<ApiResult<SiteReport>> PutAsync(string name, SiteChange change, CancellationToken cancellationToken = default) =>
        connection.SendAsync(HttpMethod.Put, Path(name), change, ApiJson.Default.SiteChange, ApiJson.Default.SiteReport, cancellationToken);

    /// <summary>Forgets a site; documents that came from it stay.</summary>
    public Task<ApiResult<Acknowledgement>> RemoveAsync(string name, CancellationToken cancellationToken = default) =>
        connection.SendAsync(HttpMethod.Delete, Path(name), null, ApiJson.Default.Acknowledgement, cancellationToken);

    /// <summary>Exchanges with a site now, and answers when that is done.</summary>
    public Task<ApiResult<SiteReport>> SyncAsync(string name, CancellationToken cancellationToken = default) =>
        connection.SendAsync(HttpMethod.Post, $"{Path(name)}/sync", null, ApiJson.Default.SiteReport, cancellationToken);

    private static string Path(string name) => $"/v1/sites/{Uri.EscapeDataString(name)}";
}
