using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using ModelPlatform.Client.Connection;
using ModelPlatform.Client.Models;

namespace ModelPlatform.Client.Runtimes;

/// <summary>Loading, running and unloading models. A model is named <c>name</c>, <c>name:version</c> or <c>name@alias</c>.</summary>
public sealed class RuntimesClient
{
    private readonly ApiConnection connection;

    internal RuntimesClient(ApiConnection connection) => this.connection = connection;

    /// <summary>Takes a model into memory. One that is not here is downloaded first: then this returns at once, with the job.</summary>
    public Task<ApiResult<ModelLoadState>> LoadAsync(string model, ModelLoad? load = null, CancellationToken cancellationToken = default) =>
        connection.SendAsync(HttpMethod.Post, Path(model, "load"), load ?? new ModelLoad(), ApiJson.Default.ModelLoad, ApiJson.Default.ModelLoadState, cancellationToken);

    /// <summary>Frees a model's memory.</summary>
    public Task<ApiResult<ModelState>> UnloadAsync(string model, CancellationToken cancellationToken = default) => PostAsync(model, "unload", cancellationToken);

    /// <summary>Takes a model into memory anew.</summary>
    public Task<ApiResult<ModelState>> ReloadAsync(string model, CancellationToken cancellationToken = default) => PostAsync(model, "reload", cancellationToken);

    /// <summary>Leaves an error behind: the model reads not_downloaded.</summary>
    public Task<ApiResult<ModelState>> ResetAsync(string model, CancellationToken cancellationToken = default) => PostAsync(model, "reset", cancellationToken);

    /// <summary>Changes how a model is loaded and run. A null takes a member away.</summary>
    public Task<ApiResult<ModelState>> ConfigureAsync(string model, JsonObject change, CancellationToken cancellationToken = default) =>
        connection.SendAsync(HttpMethod.Patch, Path(model, "config"), change, ApiJson.Default.JsonObject, ApiJson.Default.ModelState, cancellationToken);

    /// <summary>Health of a model, with the last looks at it.</summary>
    /// <param name="model">The model.</param>
    /// <param name="now">Whether it is looked at once more first.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public Task<ApiResult<ModelHealthReport>> GetHealthAsync(string model, bool now = false, CancellationToken cancellationToken = default) =>
        connection.GetAsync(Address.WithQuery(Path(model, "health"), ("now", now ? "true" : null)), ApiJson.Default.ModelHealthReport, cancellationToken);

    /// <summary>Runs a loaded model.</summary>
    public Task<ApiResult<InferenceResult>> InferAsync(string model, InferenceRequest request, CancellationToken cancellationToken = default) =>
        connection.SendAsync(HttpMethod.Post, Path(model, "infer"), request, ApiJson.Default.InferenceRequest, ApiJson.Default.InferenceResult, cancellationToken);

    /// <summary>Runs a loaded model on one input given as raw bytes, little-endian.</summary>
    public Task<ApiResult<InferenceResult>> InferRawAsync(
        string model, ReadOnlyMemory<byte> data, IReadOnlyList<long> shape, string? name = null, string? dataType = null, CancellationToken cancellationToken = default)
    {
        var body = new ReadOnlyMemoryContent(data);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        var sizes = string.Join(',', shape.Select(size => size.ToString(CultureInfo.InvariantCulture)));
        return connection.SendAsync(HttpMethod.Post, Address.WithQuery(Path(model, "infer"), ("name", name), ("dtype", dataType), ("shape", sizes)), body, ApiJson.Default.InferenceResult, cancellationToken);
    }

    private Task<ApiResult<ModelState>> PostAsync(string model, string action, CancellationToken cancellationToken) =>
        connection.SendAsync(HttpMethod.Post, Path(model, action), null, ApiJson.Default.ModelState, cancellationToken);

    private static string Path(string model, string action) => $"/v1/models/{Address.Segment(model)}/{action}";
}
