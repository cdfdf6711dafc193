using System.Text.Json.Serialization;

namespace ModelPlatform.Documents;

/// <summary>The JSON of documents.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false,
    MaxDepth = 16)]
[JsonSerializable(typeof(BlobReference))]
[JsonSerializable(typeof(ModelRegistryDocument))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, BlobReference>), TypeInfoPropertyName = "BlobReferences")]
public sealed partial class DocumentsJson : JsonSerializerContext;
