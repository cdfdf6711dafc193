using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using ModelPlatform.Fetching;
using ModelPlatform.Registry;
using ModelPlatform.Sources;

namespace ModelPlatform.Jobs;

/// <summary>What a caller asked for. Never changes during the life of a job.</summary>
/// <param name="Source">Name of the source.</param>
/// <param name="SourceReference">The model's name there.</param>
/// <param name="Model">The name it gets here.</param>
public sealed record FetchJobRequest(string Source, string SourceReference, ModelId Model)
{
    /// <summary>The variant wanted.</summary>
    public string? Variant { get; init; }

    /// <summary>Branch, tag or commit wanted.</summary>
    public string? Revision { get; init; }

    /// <summary>The framework; null detects it.</summary>
    public string? Framework { get; init; }

    /// <summary>development, staging or production.</summary>
    public string Stage { get; init; } = "development";

    /// <summary>The caller's own metadata: overlays what the source says.</summary>
    public JsonObject Metadata { get; init; } = [];

    /// <summary>Who is told of the end.</summary>
    public string? WebhookUrl { get; init; }

    /// <summary>Retries after the first try; null takes the setting.</summary>
    public int? MaxRetries { get; init; }

    /// <summary>Which queue.</summary>
    public FetchPriority Priority { get; init; }

    /// <summary>Not before this time.</summary>
    public DateTimeOffset? ScheduledAt { get; init; }

    /// <summary>SHA-256 of the primary artifact.</summary>
    public string? ExpectedSha256 { get; init; }

    /// <summary>Fetch a new version whenever upstream moves.</summary>
    public bool Track { get; init; }

    /// <summary>Where else the same bytes may come from, in order.</summary>
    public IReadOnlyList<FetchFallback> Fallbacks { get; init; } = [];

    /// <summary>What makes two requests for one model the same.</summary>
    [JsonIgnore]
    public FetchOrigin Origin => RepairOf ?? new(Source, SourceReference, Variant, Revision);

    /// <summary>The origin of the published model that this fetch repairs: pinned to the revision it had, it is still the same request.</summary>
    public FetchOrigin? RepairOf { get; init; }

    /// <summary>The name of the source at an index: the request's own, then its fallbacks.</summary>
    internal string SourceAt(int index) => index >= 1 && index <= Fallbacks.Count ? Fallbacks[index - 1].Source : Source;

    internal FetchRequest ToFetchRequest() => new(Model,
        [
            new FetchSource(Source, new SourceReference(SourceReference) { Revision = Revision, Variant = Variant }),
            .. Fallbacks.Select(fallback => new FetchSource(fallback.Source, new SourceReference(fallback.SourceReference) { Variant = Variant })),
        ])
        {
            Variant = Variant,
            Framework = Framework,
            ExpectedSha256 = ExpectedSha256,
        };
}

/// <summary>Another place the same model may come from.</summary>
/// <param name="Source">Name of the source.</param>
/// <param name="SourceReference">The model's name there.</param>
public sealed record FetchFallback(string Source, string SourceReference);
