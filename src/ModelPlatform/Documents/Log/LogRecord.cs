using System.Text.Json.Serialization;
using ModelPlatform.Documents.Replication;

namespace ModelPlatform.Documents.Log;

/// <summary>One append to the log: states that replaced others, at positions counted on from <paramref name="First"/>.</summary>
/// <param name="First">Position of the first state.</param>
/// <param name="States">The states.</param>
internal sealed record LogRecord(long First, IReadOnlyList<FieldState> States)
{
    /// <summary>What has been taken in whole from other sites since.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, HybridTime>? Seen { get; init; }

    /// <summary>States dropped because they are older than the horizon.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<FieldKey>? Forgotten { get; init; }
}

/// <summary>Where a compaction stands; its record is replaced conditionally and names all that belongs to it.</summary>
/// <param name="Epoch">Drawn when the log was begun.</param>
/// <param name="Site">The id this site was given then.</param>
/// <param name="Log">Number of the last record the snapshot contains.</param>
/// <param name="Position">Position of the newest change it contains.</param>
/// <param name="Parts">For each part of the snapshot the record it was written at.</param>
/// <param name="Seen">See <see cref="SiteVector"/>.</param>
/// <param name="Earlier">Earlier compactions, newest last: records they contain may go once everybody must have noticed.</param>
internal sealed record LogIndex(
    string Epoch, string Site, long Log, long Position, IReadOnlyDictionary<int, long> Parts, IReadOnlyDictionary<string, HybridTime> Seen, IReadOnlyList<LogCompaction> Earlier);

/// <summary>A compaction and when it was.</summary>
internal sealed record LogCompaction(long Log, DateTimeOffset At);

/// <summary>A part of a snapshot.</summary>
internal sealed record LogPart(IReadOnlyList<LogPartState> States);

/// <summary>A state and its position.</summary>
internal sealed record LogPartState(long Position, FieldState State);

/// <summary>The JSON of the log.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(LogRecord))]
[JsonSerializable(typeof(LogIndex))]
[JsonSerializable(typeof(LogPart))]
internal sealed partial class LogJson : JsonSerializerContext;
