using System.Text.Json;
using System.Text.Json.Serialization;

namespace ModelPlatform.Manifests;

/// <summary>The JSON form of manifests: camelCase, null left out; on reading no key twice, no number in quotes, no null where a value belongs.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.Strict,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    AllowDuplicateProperties = false,
    MaxDepth = MaxDepth)]
[JsonSerializable(typeof(Manifest))]
[JsonSerializable(typeof(Trust.ManifestVerification))]
public sealed partial class ManifestJson : JsonSerializerContext
{
    internal const int MaxDepth = 32;

    /// <summary>A manifest's stored bytes: the same for equal manifests.</summary>
    public static byte[] Serialize(Manifest manifest) => JsonSerializer.SerializeToUtf8Bytes(manifest, Default.Manifest);
}
