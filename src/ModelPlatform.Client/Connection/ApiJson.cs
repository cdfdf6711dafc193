using System.Text.Json;
using System.Text.Json.Serialization;
using ModelPlatform.Client.Documents;
using ModelPlatform.Client.Events;
using ModelPlatform.Client.Jobs;
using ModelPlatform.Client.Models;
using ModelPlatform.Client.Plugins;
using ModelPlatform.Client.Runtimes;
using ModelPlatform.Client.Sites;
using ModelPlatform.Client.Storage;
using ModelPlatform.Integrity;
using TrustRoot = ModelPlatform.Manifests.Trust.TrustRoot;

namespace ModelPlatform.Client.Connection;

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = false)]
[JsonSerializable(typeof(ProblemBody))]
[JsonSerializable(typeof(Acknowledgement))]
[JsonSerializable(typeof(ModelInspection))]
[JsonSerializable(typeof(ModelSummary[]))]
[JsonSerializable(typeof(CatalogPage))]
[JsonSerializable(typeof(Manifest))]
[JsonSerializable(typeof(ManifestVerification))]
[JsonSerializable(typeof(ModelState))]
[JsonSerializable(typeof(ModelState[]))]
[JsonSerializable(typeof(ModelChange))]
[JsonSerializable(typeof(ModelUpload))]
[JsonSerializable(typeof(AliasTarget))]
[JsonSerializable(typeof(MerkleProof))]
[JsonSerializable(typeof(PlatformStatistics))]
[JsonSerializable(typeof(FetchModelRequest))]
[JsonSerializable(typeof(FetchAccepted))]
[JsonSerializable(typeof(FetchJob))]
[JsonSerializable(typeof(FetchJobList))]
[JsonSerializable(typeof(JobActionRequest))]
[JsonSerializable(typeof(JobActionResult))]
[JsonSerializable(typeof(WorkerStatus))]
[JsonSerializable(typeof(WorkerCommand))]
[JsonSerializable(typeof(PluginInfo))]
[JsonSerializable(typeof(PluginInfo[]))]
[JsonSerializable(typeof(StorageUsage))]
[JsonSerializable(typeof(GarbageCollection))]
[JsonSerializable(typeof(StorageVerification))]
[JsonSerializable(typeof(PlatformEvent))]
[JsonSerializable(typeof(PlatformEvent[]))]
[JsonSerializable(typeof(TrustRoot))]
[JsonSerializable(typeof(ModelLoad))]
[JsonSerializable(typeof(ModelLoadState))]
[JsonSerializable(typeof(ModelHealthReport))]
[JsonSerializable(typeof(InferenceRequest))]
[JsonSerializable(typeof(InferenceResult))]
[JsonSerializable(typeof(System.Text.Json.Nodes.JsonObject))]
[JsonSerializable(typeof(float[]))]
[JsonSerializable(typeof(SitesReport))]
[JsonSerializable(typeof(SiteChange))]
[JsonSerializable(typeof(DocumentList))]
[JsonSerializable(typeof(Dictionary<string, BlobReference>))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class ApiJson : JsonSerializerContext;
