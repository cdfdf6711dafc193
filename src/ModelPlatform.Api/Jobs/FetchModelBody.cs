using System.Globalization;
using System.Text.Json.Nodes;
using ModelPlatform.Api.Errors;
using ModelPlatform.Integrity;
using ModelPlatform.Jobs;
using ModelPlatform.Registry;

namespace ModelPlatform.Api.Jobs;

/// <summary>The body of <c>POST /FetchModel</c>. Everything may be missing here, so that a caller hears of all mistakes at once.</summary>
internal sealed record FetchModelBody
{
    private const int MostRetries = 100;
    private const int MostFallbacks = 16;

    /// <summary>Name of the source. Required.</summary>
    public string? Source { get; init; }

    /// <summary>The model's name there. Required.</summary>
    public string? SourceReference { get; init; }

    /// <summary>The name it gets here. Required.</summary>
    public string? ModelName { get; init; }

    /// <summary>Its version here; <c>v1</c> where absent.</summary>
    public string? ModelVersion { get; init; }

    /// <summary>The variant wanted; the source's first where absent.</summary>
    public string? Variant { get; init; }

    /// <summary>Branch, tag or commit wanted.</summary>
    public string? Revision { get; init; }

    /// <summary>onnx, tensorflow, transformers, ollama, gguf, safetensors, pytorch or other; detected where absent.</summary>
    public string? Framework { get; init; }

    /// <summary>development, staging or production.</summary>
    public string? Stage { get; init; }

    /// <summary>The caller's own metadata.</summary>
    public JsonObject? Metadata { get; init; }

    /// <summary>Who is told of the end.</summary>
    public string? WebhookUrl { get; init; }

    /// <summary>Retries after the first try.</summary>
    public int? MaxRetries { get; init; }

    /// <summary>high, normal or low.</summary>
    public string? Priority { get; init; }

    /// <summary>Not before this time, ISO 8601.</summary>
    public string? ScheduledAt { get; init; }

    /// <summary>SHA-256 of the primary artifact, hex.</summary>
    public string? ExpectedSha256 { get; init; }

    /// <summary>Fetch a new version whenever upstream moves.</summary>
    public bool? Track { get; init; }

    /// <summary>Other places the same bytes may come from, in order.</summary>
    public IReadOnlyList<FetchFallbackBody>? Fallbacks { get; init; }

    /// <summary>Reads the body as a request.</summary>
    /// <returns>The request, or null with what is wrong in <paramref name="errors"/>.</returns>
    public FetchJobRequest? Read(FieldErrors errors)
    {
        errors.Require("source", Source);
        errors.Require("sourceReference", SourceReference);
        if (errors.Require("modelName", ModelName) && !ModelId.IsValidName(ModelName))
        {
            errors.Add("modelName", "modelName must be one or two segments of letters, digits, '.', '_' and '-' joined by '/', and no word of the API.");
        }

        var version = Given(ModelVersion) ?? ModelId.DefaultVersion;
        if (!ModelId.IsValidVersion(version))
        {
            errors.Add("modelVersion", "modelVersion must be letters, digits, '.', '_' and '-'.");
        }

        var stage = Given(Stage) ?? "development";
        if (!FetchJobRules.Stages.Contains(stage))
        {
            errors.Add("stage", "stage must be development, staging or production.");
        }

        FetchPriority? priority = Given(Priority) switch { null or "normal" => FetchPriority.Normal, "high" => FetchPriority.High, "low" => FetchPriority.Low, _ => null };
        if (priority is null)
        {
            errors.Add("priority", "priority must be high, normal or low.");
        }

        if (MaxRetries is < 0 or > MostRetries)
        {
            errors.Add("maxRetries", $"maxRetries must be from 0 to {MostRetries}.");
        }

        DateTimeOffset? scheduledAt = null;
        if (Given(ScheduledAt) is { } text)
        {
            if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at))
            {
                scheduledAt = at;
            }
            else
            {
                errors.Add("scheduledAt", "scheduledAt must be a time in ISO 8601.");
            }
        }

        var expected = Given(ExpectedSha256)?.ToLowerInvariant();
        if (expected?.StartsWith("sha256:", StringComparison.Ordinal) == true)
        {
            expected = expected["sha256:".Length..];
        }

        if (expected is not null && !Sha256Digest.TryParse(expected, out _))
        {
            errors.Add("expectedSha256", "expectedSha256 must be 64 hex digits.");
        }

        if (WebhookUrl is { Length: > 0 } && !Uri.TryCreate(WebhookUrl, UriKind.Absolute, out _))
        {
            errors.Add("webhookUrl", "webhookUrl must be an absolute URL.");
        }

        if (Fallbacks is { Count: > MostFallbacks })
        {
            errors.Add("fallbacks", $"fallbacks may be {MostFallbacks} at most.");
        }

        for (var i = 0; i < Fallbacks?.Count; i++)
        {
            errors.Require($"fallbacks[{i}].source", Fallbacks[i]?.Source);
            errors.Require($"fallbacks[{i}].sourceReference", Fallbacks[i]?.SourceReference);
        }

        return errors.Any ? null : new FetchJobRequest(Source!, SourceReference!, new ModelId(ModelName!, version))
        {
            Variant = Given(Variant),
            Revision = Given(Revision),
            Framework = Given(Framework),
            Stage = stage,
            Metadata = Metadata ?? [],
            WebhookUrl = Given(WebhookUrl),
            MaxRetries = MaxRetries,
            Priority = priority!.Value,
            ScheduledAt = scheduledAt,
            ExpectedSha256 = expected,
            Track = Track ?? false,
            Fallbacks = [.. (Fallbacks ?? []).Select(fallback => new FetchFallback(fallback!.Source!, fallback.SourceReference!))],
        };
    }

    private static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}

/// <summary>A fallback as it is sent.</summary>
internal sealed record FetchFallbackBody(string? Source, string? SourceReference);
