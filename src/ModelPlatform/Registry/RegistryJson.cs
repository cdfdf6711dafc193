using System.Text.Json.Serialization;

namespace ModelPlatform.Registry;

/// <summary>The form of the registry's own records and index rows.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ModelCard))]
[JsonSerializable(typeof(IndexedModel))]
[JsonSerializable(typeof(NameInUse))]
[JsonSerializable(typeof(Integrity.Sha256Digest[]))]
[JsonSerializable(typeof(ModelRegistration))]
[JsonSerializable(typeof(SortedDictionary<string, string>), TypeInfoPropertyName = "Aliases")]
internal sealed partial class RegistryJson : JsonSerializerContext;

/// <summary>The spelling of a name that is in use.</summary>
internal sealed record NameInUse(string Name);
