using System.Text.Json;
using System.Text.Json.Serialization;
using ModelPlatform.Client.Connection;
using ModelPlatform.Client.Loading.Caching;

namespace ModelPlatform.Cli.Output;

/// <summary>What the platform's answers and the command line's own results look like on standard output.</summary>
internal static class CliJson
{
    /// <summary>The platform's answers, indented.</summary>
    public static ApiJson Api { get; } = new(new JsonSerializerOptions(ApiJson.Default.Options) { WriteIndented = true });

    /// <summary>The same on one line a value, for streams.</summary>
    public static ApiJson Lines => ApiJson.Default;

    /// <summary>What no platform answers.</summary>
    public static ResultJson Own => ResultJson.Default;
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ModelOnDisk))]
[JsonSerializable(typeof(CacheStats))]
[JsonSerializable(typeof(CacheCleared))]
[JsonSerializable(typeof(ApiProblem))]
internal sealed partial class ResultJson : JsonSerializerContext;

/// <summary>A model that a command left on this machine.</summary>
/// <param name="Id">The model.</param>
/// <param name="Directory">Where its files are.</param>
/// <param name="Files">Their paths.</param>
/// <param name="Bytes">Of all files.</param>
/// <param name="BytesReused">Of these, bytes that were there already.</param>
/// <param name="Source">Where the rest came from.</param>
internal sealed record ModelOnDisk(string Id, string Directory, IReadOnlyList<string> Files, long Bytes, long BytesReused, string? Source = null);

/// <summary>What emptying the cache freed.</summary>
internal sealed record CacheCleared(long BytesFreed);
