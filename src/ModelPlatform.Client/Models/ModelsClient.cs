using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using ModelPlatform.Client.Connection;
using ModelPlatform.Integrity;

namespace ModelPlatform.Client.Models;

/// <summary>Inspecting, listing, reading and changing models. A model is named <c>name</c>, <c>name:version</c> or <c>name@alias</c>.</summary>
public sealed class ModelsClient
{
    private readonly ApiConnection connection;

    internal ModelsClient(ApiConnection connection) => this.connection = connection;

    /// <summary>Finds out what a reference at a source holds, without downloading it.</summary>
    public Task<ApiResult<ModelInspection>> InspectAsync(string source, string reference, string? variant = null, CancellationToken cancellationToken = default) =>
        connection.GetAsync(
            Address.WithQuery("/InspectModel", ("source", source), ("sourceReference", reference), ("variant", variant)), ApiJson.Default.ModelInspection, cancellationToken);

    /// <summary>All models, newest first.</summary>
    public Task<ApiResult<ModelSummary[]>> ListAsync(string? stage = null, string? framework = null, CancellationToken cancellationToken = default) =>
        connection.GetAsync(Address.WithQuery("/ModelList", ("stage", stage), ("framework", framework)), ApiJson.Default.ModelSummaryArray, cancellationToken);

    /// <summary>One page of the catalog.</summary>
    public Task<ApiResult<CatalogPage>> CatalogAsync(CatalogFilter filter, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        var path = Address.WithQuery(
            "/v2/catalog",
            ("tier", filter.Tier), ("capability", filter.Capability), ("framework", filter.Framework), ("stage", filter.Stage), ("type", filter.Type), ("q", filter.Text),
            ("limit", filter.Limit?.ToString(CultureInfo.InvariantCulture)), ("cursor", filter.Cursor));
        return connection.GetAsync(path, ApiJson.Default.CatalogPage, cancellationToken);
    }

    /// <summary>The manifest of a model, with the bytes it was sent as: hashes and signatures are over those.</summary>
    public async Task<ApiResult<ManifestDocument>> GetManifestAsync(string model, CancellationToken cancellationToken = default)
    {
        var opened = await connection.OpenAsync(HttpMethod.Get, $"/v2/manifests/{Address.Segment(model)}", null, null, cancellationToken);
        if (!opened.TryGet(out var response, out var problem))
        {
            return problem;
        }

        using (response)
        {
            try
            {
                var bytes = await response.Content.ReadAsByteArrayAsync(cancellationToken);
                if (JsonSerializer.Deserialize(bytes, ApiJson.Default.Manifest) is { Model: not null, Artifacts: not null } manifest)
                {
                    return new ManifestDocument(manifest, bytes, response.Headers.ETag?.Tag.Trim('"'));
                }
            }
            catch (JsonException)
            {
                // Falls through: it is no manifest.
            }
            catch (Exception exception) when (ApiConnection.IsTransport(exception, cancellationToken))
            {
                return connection.Unreachable(exception);
            }
        }

        return new ApiProblem { Error = $"What the platform sent for {model} is not a manifest.", Code = ProblemCode.UnexpectedAnswer };
    }

    /// <summary>Checks hashes and signatures of a manifest on the platform.</summary>
    public Task<ApiResult<ManifestVerification>> VerifyAsync(string model, CancellationToken cancellationToken = default) =>
        connection.GetAsync($"/v2/models/{Address.Segment(model)}/verification", ApiJson.Default.ManifestVerification, cancellationToken);

    /// <summary>The Merkle proof of one chunk of an artifact; of the primary artifact where none is named.</summary>
    public Task<ApiResult<MerkleProof>> GetProofAsync(string model, int chunkIndex, string? artifact = null, CancellationToken cancellationToken = default) =>
        connection.GetAsync(
            Address.WithQuery($"/v2/models/{Address.Segment(model)}/proof/{chunkIndex.ToString(CultureInfo.InvariantCulture)}", ("artifact", artifact)),
            ApiJson.Default.MerkleProof,
            cancellationToken);

    /// <summary>Opens an artifact for reading, unverified. Dispose the answer to end the transfer.</summary>
    /// <param name="model">The model.</param>
    /// <param name="artifact">Its path in the model.</param>
    /// <param name="from">First byte wanted.</param>
    /// <param name="to">Last byte wanted, inclusive; null for the rest.</param>
    /// <param name="cancellationToken">Cancels the opening.</param>
    public Task<ApiResult<HttpResponseMessage>> OpenArtifactAsync(string model, string artifact, long from = 0, long? to = null, CancellationToken cancellationToken = default) =>
        connection.OpenAsync(
            HttpMethod.Get,
            ArtifactPath(model, artifact),
            null,
            request => request.Headers.Range = from > 0 || to is not null ? new RangeHeaderValue(from, to) : null,
            cancellationToken);

    internal static string ArtifactPath(string model, string artifact) => $"/v2/models/{Address.Segment(model)}/artifacts/{Address.FilePath(artifact)}";

    /// <summary>Opens one chunk for reading, unverified.</summary>
    public Task<ApiResult<HttpResponseMessage>> OpenChunkAsync(string sha256, CancellationToken cancellationToken = default) =>
        connection.OpenAsync(HttpMethod.Get, $"/v2/chunks/{Address.Segment(sha256)}", null, null, cancellationToken);

    /// <summary>Stores a file as a model.</summary>
    public Task<ApiResult<ModelUpload>> UploadAsync(
        string name, string version, Stream content, string? framework = null, string? stage = null, CancellationToken cancellationToken = default)
    {
        var body = new StreamContent(content);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        var path = Address.WithQuery("/UploadModelBlob", ("modelName", name), ("modelVersion", version), ("framework", framework), ("stage", stage));
        return connection.SendAsync(HttpMethod.Post, path, body, ApiJson.Default.ModelUpload, cancellationToken);
    }

    /// <summary>Changes stage or tags.</summary>
    public Task<ApiResult<Acknowledgement>> ChangeAsync(string model, ModelChange change, CancellationToken cancellationToken = default) =>
        connection.SendAsync(HttpMethod.Patch, $"/v1/models/{Address.Segment(model)}", change, ApiJson.Default.ModelChange, ApiJson.Default.Acknowledgement, cancellationToken);

    /// <summary>Deletes a model. Its chunks stay until garbage collection.</summary>
    public Task<ApiResult<Acknowledgement>> DeleteAsync(string model, bool unregister = false, CancellationToken cancellationToken = default) =>
        connection.SendAsync(
            HttpMethod.Delete,
            Address.WithQuery($"/v1/models/{Address.Segment(model)}", ("unregister", unregister ? "true" : null)),
            null,
            ApiJson.Default.Acknowledgement,
            cancellationToken);

    /// <summary>Keeps a model from ever being evicted, or lets go of it.</summary>
    public Task<ApiResult<Acknowledgement>> PinAsync(string model, bool pinned, CancellationToken cancellationToken = default) =>
        connection.SendAsync(pinned ? HttpMethod.Put : HttpMethod.Delete, $"/v1/models/{Address.Segment(model)}/pin", null, ApiJson.Default.Acknowledgement, cancellationToken);

    /// <summary>Lets <c>name@alias</c> stand for a version.</summary>
    public Task<ApiResult<Acknowledgement>> SetAliasAsync(string name, string alias, string version, CancellationToken cancellationToken = default) =>
        connection.SendAsync(
            HttpMethod.Put,
            $"/v1/models/{Address.Segment(name)}/aliases/{Address.Segment(alias)}",
            new AliasTarget(version),
            ApiJson.Default.AliasTarget,
            ApiJson.Default.Acknowledgement,
            cancellationToken);

    /// <summary>Forgets an alias.</summary>
    public Task<ApiResult<Acknowledgement>> DeleteAliasAsync(string name, string alias, CancellationToken cancellationToken = default) =>
        connection.SendAsync(
            HttpMethod.Delete, $"/v1/models/{Address.Segment(name)}/aliases/{Address.Segment(alias)}", null, ApiJson.Default.Acknowledgement, cancellationToken);

    /// <summary>Status and health of every model, also of those registered but not downloaded.</summary>
    public Task<ApiResult<ModelState[]>> ListStatesAsync(CancellationToken cancellationToken = default) =>
        connection.GetAsync("/v1/models", ApiJson.Default.ModelStateArray, cancellationToken);

    /// <summary>Status and health of one model.</summary>
    public Task<ApiResult<ModelState>> GetStateAsync(string model, CancellationToken cancellationToken = default) =>
        connection.GetAsync($"/v1/models/{Address.Segment(model)}", ApiJson.Default.ModelState, cancellationToken);

    /// <summary>Counts over all models.</summary>
    public Task<ApiResult<PlatformStatistics>> GetStatisticsAsync(CancellationToken cancellationToken = default) =>
        connection.GetAsync("/v1/statistics", ApiJson.Default.PlatformStatistics, cancellationToken);
}
