using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using ModelPlatform.Events;
using ModelPlatform.Sources.Runtimes;

namespace ModelPlatform.Runtimes;

/// <summary>What is known of a model in memory, or of the attempt to get it there. Kept in Redis by the model host, read by everybody.</summary>
public sealed record RuntimeRecord
{
    /// <summary><c>name:version</c>.</summary>
    public required string Id { get; init; }

    /// <summary>Downloaded where it is not in memory.</summary>
    public ModelStatus Status { get; init; } = ModelStatus.Downloaded;

    /// <summary>Unknown unless it is loaded.</summary>
    [JsonConverter(typeof(ModelHealthJsonConverter))]
    public ModelHealth Health { get; init; }

    /// <summary>How it is loaded and run. Stays when it is unloaded.</summary>
    public JsonObject Configuration { get; init; } = [];

    /// <summary>The loaded model; null where there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RuntimeInstance? Instance { get; init; }

    /// <summary>Why it is in error.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RuntimeFailure? Failure { get; init; }

    /// <summary>The type the graph shows, where it shows one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ModelType { get; init; }

    /// <summary>Somebody wants it loaded: it is loaded again when the model host starts, and once it is downloaded.</summary>
    public bool IsWanted { get; init; }

    /// <summary>How often the model host ended while it was loaded, since the last load by a person.</summary>
    public int Crashes { get; init; }

    /// <summary>When a person reset it: older failed jobs no longer count.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonConverter(typeof(UtcTimeJsonConverter))]
    public DateTimeOffset? ResetAt { get; init; }

    /// <summary>When the status last changed, UTC.</summary>
    [JsonConverter(typeof(UtcTimeJsonConverter))]
    public DateTimeOffset ChangedAt { get; init; }

    /// <summary>The last looks at its health, newest first.</summary>
    public IReadOnlyList<HealthEntry> History { get; init; } = [];
}

/// <summary>A loaded model.</summary>
public sealed record RuntimeInstance
{
    /// <summary>Names this load.</summary>
    public required string InstanceId { get; init; }

    /// <summary>The runtime that loaded it.</summary>
    public required string Runtime { get; init; }

    /// <summary>The file that was loaded.</summary>
    public required string Artifact { get; init; }

    /// <summary>The process that holds it.</summary>
    public required string Process { get; init; }

    /// <summary>When, UTC.</summary>
    [JsonConverter(typeof(UtcTimeJsonConverter))]
    public DateTimeOffset LoadedAt { get; init; }

    /// <summary>How long the load took.</summary>
    public double LoadMilliseconds { get; init; }

    /// <summary>Bytes the process grew by; a rough figure where two models were loaded at once.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>What it takes.</summary>
    public IReadOnlyList<TensorDescription> Inputs { get; init; } = [];

    /// <summary>What it gives.</summary>
    public IReadOnlyList<TensorDescription> Outputs { get; init; } = [];
}

/// <summary>Why a model is in error.</summary>
/// <param name="Code">The error's wire name.</param>
/// <param name="Error">A sentence.</param>
/// <param name="At">When, UTC.</param>
public sealed record RuntimeFailure(string Code, string Error, [property: JsonConverter(typeof(UtcTimeJsonConverter))] DateTimeOffset At);

/// <summary>One look at a model's health.</summary>
/// <param name="At">When, UTC.</param>
/// <param name="Health">The health after it.</param>
/// <param name="Outcome">What it showed.</param>
/// <param name="Milliseconds">How long the probe took; null where none was possible.</param>
/// <param name="Note">What was wrong.</param>
public sealed record HealthEntry(
    [property: JsonConverter(typeof(UtcTimeJsonConverter))] DateTimeOffset At,
    [property: JsonConverter(typeof(ModelHealthJsonConverter))] ModelHealth Health,
    ProbeOutcome Outcome,
    double? Milliseconds,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Note);
