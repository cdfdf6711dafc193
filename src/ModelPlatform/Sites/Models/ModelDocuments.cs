using System.Globalization;
using ModelPlatform.Documents;
using ModelPlatform.Registry;

namespace ModelPlatform.Sites.Models;

/// <summary>What a model looks like as a document.</summary>
internal static class ModelDocuments
{
    /// <summary>The collection of models.</summary>
    public const string Collection = "model_registry";

    /// <summary>A field of this name and a site's id says that the site holds the model.</summary>
    public const string HolderPrefix = "site.";

    private const string MerkleRoot = "merkle_root";

    /// <summary>The whole document: one variant, whose blob is the primary artifact; the manifest names the rest.</summary>
    public static ModelRegistryDocument DocumentOf(ModelEntry entry)
    {
        var signature = entry.Manifest.Integrity?.Signatures is [var first, ..] ? first : null;
        var isOnnx = entry.Manifest.Model.Framework == "onnx";
        return new ModelRegistryDocument
        {
            ModelId = entry.Id.Name,
            Version = entry.Id.Version,
            Variants = new Dictionary<string, ModelVariantBlob>
            {
                [entry.Manifest.Model.Variant ?? "default"] = new()
                {
                    Blob = ReferenceOf(entry),
                    Precision = entry.Manifest.Artifacts[0].Quantization ?? "unknown",
                    ExecutionProviders = isOnnx ? ["CPUExecutionProvider"] : [],
                },
            },
            Provenance = signature is null ? null : new ModelProvenance
            {
                SignedBy = signature.KeyId,
                Signature = signature.Signature,
                SignedAt = entry.Manifest.Integrity!.Timestamp,
            },
            Description = entry.Card.Metadata["description"] is System.Text.Json.Nodes.JsonValue value && value.TryGetValue<string>(out var text) && text.Length is > 0 and <= 2000 ? text : null,
        };
    }

    /// <summary>The primary artifact, and what the model is beside it.</summary>
    public static BlobReference ReferenceOf(ModelEntry entry)
    {
        var primary = entry.Manifest.Artifacts[0];
        var custom = new Dictionary<string, string>
        {
            ["model"] = entry.Id.ToString(),
            [MerkleRoot] = primary.MerkleRoot.ToString(),
            ["total_size"] = entry.Size.ToString(CultureInfo.InvariantCulture),
            ["files"] = entry.Manifest.Artifacts.Count.ToString(CultureInfo.InvariantCulture),
            ["stage"] = entry.Card.Stage,
        };
        if (entry.Card.Tags.Count > 0)
        {
            custom["tags"] = string.Join(',', entry.Card.Tags);
        }

        return new BlobReference
        {
            Hash = primary.Sha256.ToString(),
            SizeBytes = primary.Size,
            Metadata = new BlobMetadata { Name = primary.Path, ContentType = "application/octet-stream", Custom = custom },
        };
    }

    /// <summary>The primary artifact's Merkle root that a reference states.</summary>
    public static string? MerkleRootOf(BlobReference? reference) => reference?.Metadata.Custom?.GetValueOrDefault(MerkleRoot);

    /// <summary>A hash without the name of its algorithm.</summary>
    public static string Bare(string hash) => hash.StartsWith("sha256:", StringComparison.Ordinal) ? hash["sha256:".Length..] : hash;
}
