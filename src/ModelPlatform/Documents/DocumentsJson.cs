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

/// <summary>The form documents are kept in.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(StoredDocument))]
internal sealed partial class StoredDocumentJson : JsonSerializerContext;

/// <summary>A document as it is kept. A removed reference stays as null, so that its removal can be told from its never having been.</summary>
internal sealed record StoredDocument(SortedDictionary<string, BlobReference?> Fields, ModelRegistryDocument? Document);
