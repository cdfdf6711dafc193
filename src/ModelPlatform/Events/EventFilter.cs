namespace ModelPlatform.Events;

/// <summary>Which events are wanted. Null means "any".</summary>
public sealed record EventFilter
{
    /// <summary>Every event.</summary>
    public static EventFilter All { get; } = new();

    /// <summary>Types, any of them; the first word of a type (<c>job</c>) stands for all that begin with it.</summary>
    public IReadOnlyCollection<string>? Types { get; init; }

    /// <summary>A model: <c>name:version</c>, or a name for all its versions.</summary>
    public string? Model { get; init; }

    /// <summary>A job.</summary>
    public string? JobId { get; init; }

    /// <summary>Not before this time.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Whether an event is wanted.</summary>
    public bool Matches(PlatformEvent candidate) =>
        (Types is null || Types.Any(type => IsOf(candidate.Type, type, '_'))) &&
        (JobId is null || string.Equals(candidate.JobId, JobId, StringComparison.Ordinal)) &&
        (Since is null || candidate.Time >= Since) &&
        (Model is null || IsOf(candidate.ModelId, Model, ':'));

    private static bool IsOf(string? text, string beginning, char separator) =>
        text is not null && text.StartsWith(beginning, StringComparison.Ordinal) && (text.Length == beginning.Length || text[beginning.Length] == separator);
}
