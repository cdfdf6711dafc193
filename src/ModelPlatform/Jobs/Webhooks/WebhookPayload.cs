using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using ModelPlatform.Events;
using ModelPlatform.Registry;

namespace ModelPlatform.Jobs.Webhooks;

/// <summary>The body of a webhook.</summary>
internal sealed record WebhookPayload(string Type, string JobId, FetchStatus Status, string ModelId, string? Error, string? ErrorCode, int RetryCount, FetchJob Job, WebhookModel? Model)
{
    public static WebhookPayload For(FetchJob job, ModelEntry? model) => new(
        job.Status == FetchStatus.Completed ? "model.fetch.completed" : "model.fetch.failed",
        job.Id, job.Status, job.ModelId, job.LastError, job.ErrorCode, job.RetryCount, job,
        model is null ? null : new WebhookModel(
            model.Id.ToString(), model.Id.Name, model.Id.Version, model.Manifest.Model.Framework, model.Card.Stage, model.Size, model.Card.PublishedAt, model.Card.Metadata));

    public byte[] Serialize() => JsonSerializer.SerializeToUtf8Bytes(this, WebhookJson.Default.WebhookPayload);
}

/// <summary>The model as ModelList shows it.</summary>
internal sealed record WebhookModel(
    string Id, string ModelName, string ModelVersion, string? Framework, string Stage, long BlobSize, [property: JsonConverter(typeof(UtcTimeJsonConverter))] DateTimeOffset UploadedAt, JsonObject Metadata);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(WebhookPayload))]
[JsonSerializable(typeof(List<WebhookAttempt>))]
internal sealed partial class WebhookJson : JsonSerializerContext;
