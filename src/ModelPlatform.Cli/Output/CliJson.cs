using System.Text.Json;
using System.Text.Json.Serialization;
using ModelPlatform.Client.Connection;
using ModelPlatform.Client.Events;
using ModelPlatform.Client.Jobs;
using ModelPlatform.Client.Models;
using ModelPlatform.Client.Plugins;
using ModelPlatform.Client.Runtimes;
using ModelPlatform.Client.Storage;
using ModelPlatform.Client.Trust;

namespace ModelPlatform.Cli.Output;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ApiProblem))]
[JsonSerializable(typeof(Acknowledgement))]
[JsonSerializable(typeof(ModelInspection))]
[JsonSerializable(typeof(ModelSummary[]))]
[JsonSerializable(typeof(Manifest))]
[JsonSerializable(typeof(ManifestVerification))]
[JsonSerializable(typeof(FetchModelRequest))]
[JsonSerializable(typeof(FetchAccepted))]
[JsonSerializable(typeof(FetchJob))]
[JsonSerializable(typeof(FetchJobList))]
[JsonSerializable(typeof(JobActionResult))]
[JsonSerializable(typeof(PluginInfo[]))]
[JsonSerializable(typeof(StorageUsage))]
[JsonSerializable(typeof(GarbageCollection))]
[JsonSerializable(typeof(StorageVerification))]
[JsonSerializable(typeof(TrustRoot))]
[JsonSerializable(typeof(PlatformEvent))]
[JsonSerializable(typeof(PulledModel))]
[JsonSerializable(typeof(ModelState))]
[JsonSerializable(typeof(ModelLoadState))]
[JsonSerializable(typeof(ModelHealthReport))]
[JsonSerializable(typeof(InferenceRequest))]
[JsonSerializable(typeof(InferenceResult))]
internal sealed partial class CliJson : JsonSerializerContext
{
    /// <summary>One line a value, for streams.</summary>
    public static CliJson Lines { get; } = new(new JsonSerializerOptions(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull });
}

/// <summary>What a pull left on disk.</summary>
/// <param name="Id">The model.</param>
/// <param name="Directory">Where its files are.</param>
/// <param name="Files">Their paths.</param>
/// <param name="Bytes">Of all files.</param>
/// <param name="BytesReused">Of these, bytes that were there already.</param>
internal sealed record PulledModel(string Id, string Directory, IReadOnlyList<string> Files, long Bytes, long BytesReused);
