using ModelPlatform.Client.Connection;

namespace ModelPlatform.Client.Plugins;

/// <summary>Source plugins.</summary>
public sealed class PluginsClient
{
    private readonly ApiConnection connection;

    internal PluginsClient(ApiConnection connection) => this.connection = connection;

    /// <summary>All of them, also those that are not active.</summary>
    public Task<ApiResult<PluginInfo[]>> ListAsync(CancellationToken cancellationToken = default) =>
        connection.GetAsync("/v1/plugins", ApiJson.Default.PluginInfoArray, cancellationToken);

    /// <summary>Loads the plugin's files anew; running fetches finish on the old version.</summary>
    public Task<ApiResult<PluginInfo[]>> ReloadAsync(string id, CancellationToken cancellationToken = default) => ActAsync(id, "reload", cancellationToken);

    /// <summary>Takes the plugin's sources away from new requests.</summary>
    public Task<ApiResult<PluginInfo[]>> DisableAsync(string id, CancellationToken cancellationToken = default) => ActAsync(id, "disable", cancellationToken);

    /// <summary>Gives them back.</summary>
    public Task<ApiResult<PluginInfo[]>> EnableAsync(string id, CancellationToken cancellationToken = default) => ActAsync(id, "enable", cancellationToken);

    private Task<ApiResult<PluginInfo[]>> ActAsync(string id, string action, CancellationToken cancellationToken) =>
        connection.SendAsync(HttpMethod.Post, $"/v1/plugins/{Address.Segment(id)}/{action}", null, ApiJson.Default.PluginInfoArray, cancellationToken);
}
