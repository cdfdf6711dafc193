namespace ModelPlatform.Events;

/// <summary>Which events are wanted. Null means "any".</summary>
public sealed record EventFilter
{
    /// <summary>Every event.</summary>
    public static EventFilter All { get; } = new();

    /// <summary>Types, any of them.</summary>
    public IReadOnlyCollection<string>? Types { get; init; }

    /// <summary>A model: <c>name:version</c>, or a name for all its versions.</summary>
    public string? Model { get; init; }

    /// <summary>A job.</summary>
    public string? JobId { get; init; }

    /// <summary>Not before this time.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Whether an event is wanted.</summary>
    public bool Matches(PlatformEvent candidate) =>
        (Types is null || Types.Contains(candidate.Type)) &&
        (JobId is null || string.Equals(candidate.JobId, JobId, StringComparison.Ordinal)) &&
        (Since is null || candidate.Time >= Since) &&
        (Model is null || IsOf(candidate.ModelId, Model));

    private static bool IsOf(string? modelId, string model) =>
        modelId is not null && modelId.StartsWith(model, StringComparison.Ordinal) && (modelId.Length == model.Length || modelId[model.Length] == ':');
}
