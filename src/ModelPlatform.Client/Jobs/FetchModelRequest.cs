using System.Text.Json.Nodes;

namespace ModelPlatform.Client.Jobs;

/// <summary>What to fetch, and as what.</summary>
public sealed record FetchModelRequest
{
    /// <summary>Source name.</summary>
    public required string Source { get; init; }

    /// <summary>The model's name there.</summary>
    public required string SourceReference { get; init; }

    /// <summary>The name it gets here.</summary>
    public required string ModelName { get; init; }

    /// <summary>The version it gets here; <c>v1</c> where null.</summary>
    public string? ModelVersion { get; init; }

    /// <summary>Variant; the source's first where null.</summary>
    public string? Variant { get; init; }

    /// <summary>Revision at the source.</summary>
    public string? Revision { get; init; }

    /// <summary>Framework; detected where null.</summary>
    public string? Framework { get; init; }

    /// <summary>development, staging or production; development where null.</summary>
    public string? Stage { get; init; }

    /// <summary>Free metadata.</summary>
    public JsonObject? Metadata { get; init; }

    /// <summary>Told when the job ends.</summary>
    public string? WebhookUrl { get; init; }

    /// <summary>Retries allowed; 3 where null.</summary>
    public int? MaxRetries { get; init; }

    /// <summary>high, normal or low.</summary>
    public string? Priority { get; init; }

    /// <summary>Start no earlier.</summary>
    public DateTimeOffset? ScheduledAt { get; init; }

    /// <summary>SHA-256 of the primary artifact, where known.</summary>
    public string? ExpectedSha256 { get; init; }

    /// <summary>Where else to get it from, in order.</summary>
    public IReadOnlyList<FetchFallback>? Fallbacks { get; init; }
}

/// <summary>Another place a model can come from.</summary>
/// <param name="Source">Source name.</param>
/// <param name="SourceReference">The model's name there.</param>
public sealed record FetchFallback(string Source, string SourceReference);

/// <summary>The answer to a fetch request.</summary>
public sealed record FetchAccepted
{
    /// <summary>The job that does it; null where the model is there already.</summary>
    public string? JobId { get; init; }

    /// <summary>Where that job stands.</summary>
    public JobStatus Status { get; init; }

    /// <summary>In words.</summary>
    public string? Message { get; init; }

    /// <summary><c>name:version</c>.</summary>
    public string? ModelId { get; init; }

    /// <summary>The model, or a job for it, was there already.</summary>
    public bool Existing { get; init; }
}
