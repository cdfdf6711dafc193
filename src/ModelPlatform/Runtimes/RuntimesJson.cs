using System.Text.Json.Serialization;

namespace ModelPlatform.Runtimes;

/// <summary>The forms of this room on the wire and in Redis.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RuntimeRecord))]
[JsonSerializable(typeof(HostReport))]
[JsonSerializable(typeof(LoadOrder))]
[JsonSerializable(typeof(HostRefusal))]
public sealed partial class RuntimesJson : JsonSerializerContext;
