using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace ModelPlatform.Jobs;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(FetchJob))]
[JsonSerializable(typeof(FetchJobRequest))]
[JsonSerializable(typeof(List<FetchAttempt>))]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(Dictionary<string, int>))]
internal sealed partial class JobsJson : JsonSerializerContext;
