namespace ModelPlatform.Registry;

/// <summary>A model somebody announced, here or not yet.</summary>
public sealed record ModelRegistration
{
    /// <summary>caption_generator, detection_model, embedding_model, diffusion_lm, classification_model or other.</summary>
    public required string ModelType { get; init; }

    /// <summary>Where it is to come from: a repository of the Hub.</summary>
    public required string RepoId { get; init; }

    /// <summary>What it is.</summary>
    public string? Description { get; init; }

    /// <summary>About how many bytes it has.</summary>
    public long? TotalSizeEstimate { get; init; }

    /// <summary>About how many files it has.</summary>
    public int? FileCountEstimate { get; init; }

    /// <summary>When it was registered, UTC.</summary>
    public DateTimeOffset RegisteredAt { get; init; }
}
