using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelPlatform.Fetching;
using ModelPlatform.Integrity;
using ModelPlatform.Registry;

namespace ModelPlatform.Manifests;

/// <summary>Makes the manifest of a verified model.</summary>
internal sealed class ManifestComposer(IManifestSigner signer, TimeProvider time)
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    private static readonly ManifestBuilder BuiltBy = DescribeBuilder();

    /// <summary>Composes, hashes and signs.</summary>
    public ComposedManifest Compose(ModelId id, FetchedModel model, ModelCard card)
    {
        var now = time.GetUtcNow().ToString(TimeFormat, CultureInfo.InvariantCulture);
        var unsigned = Describe(id, model, card, now);
        var content = ManifestJson.Serialize(unsigned);
        using var json = JsonDocument.Parse(content);
        var hashes = ManifestHashes.Compute(json.RootElement, now);
        var payload = hashes.SignedPayloadHash!.Value;
        var primary = unsigned.Artifacts[0];
        var manifest = unsigned with
        {
            Integrity = new ManifestIntegrity
            {
                ManifestHash = hashes.ManifestHash,
                SignedPayloadHash = payload,
                Timestamp = now,
                MerkleRoot = primary.MerkleRoot,
                Chunking = primary.Chunking,
                Signatures = signer.Sign(payload),
            },
        };
        return new ComposedManifest(manifest, ManifestJson.Serialize(manifest));
    }

    private Manifest Describe(ModelId id, FetchedModel model, ModelCard card, string now)
    {
        var metadata = Overlay(model.Inspection.Metadata, card.Metadata);
        var kind = ModelClassification.Of(metadata);
        var size = model.Files.Sum(file => file.Size);
        return new Manifest
        {
            Model = new ManifestModel
            {
                Id = id.ToString(),
                Name = id.Name,
                Version = id.Version,
                Type = kind.Type,
                Tier = ModelTier.Of(size).Name,
                Capabilities = kind.Capabilities,
                MemoryRequirement = ModelTier.MemoryRequirement(size),
                Framework = model.Framework,
                Variant = model.Variant.Name,
            },
            Version = id.Version,
            Artifacts = [.. Order(model.Files).Select(file => Describe(file, model))],
            Provenance = new ManifestProvenance
            {
                BuiltBy = BuiltBy,
                Source = new ManifestSource(model.Source.Source, model.Source.Reference.Reference, now, model.Inspection.Revision),
                ParentLineage = Text(metadata, "parentLineage") ?? Text(metadata, "baseModel"),
                OptimizationRecipeHash = Text(metadata, "optimizationRecipeHash"),
                CalibrationDatasetHash = Text(metadata, "calibrationDatasetHash"),
                BuildTimestamp = now,
                Environment = new JsonObject
                {
                    ["platform"] = OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "macos" : "linux",
                    ["arch"] = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant(),
                    ["runtime"] = RuntimeInformation.FrameworkDescription,
                },
            },
            Capabilities = kind.Capabilities,
            Trust = signer.Trust,
        };
    }

    /// <summary>The variant's first weight file in the source's order, then the rest by path.</summary>
    private static IEnumerable<FetchedFile> Order(IReadOnlyList<FetchedFile> files)
    {
        var primary = files[PrimaryFile.IndexOf(files, file => file.Path)];
        return files.Where(file => file != primary).OrderBy(file => file.Path, StringComparer.Ordinal).Prepend(primary);
    }

    private static ManifestArtifact Describe(FetchedFile file, FetchedModel model) => new()
    {
        Path = file.Path,
        Size = file.Size,
        Sha256 = file.Sha256,
        Format = ArtifactFormat.Of(file.Path),
        Quantization = PrimaryFile.IsWeight(file.Path) ? model.Variant.Quantization ?? model.Variant.Precision : null,
        Chunking = new ManifestChunking { ChunkSize = file.ChunkSize, ChunkCount = file.Chunks.Count, ChunkHashes = file.Chunks },
        MerkleRoot = MerkleTree.ComputeRoot(file.Chunks),
    };

    private static JsonObject Overlay(JsonObject source, JsonObject user)
    {
        var all = source.DeepClone().AsObject();
        foreach (var (name, value) in user)
        {
            all[name] = value?.DeepClone();
        }

        return all;
    }

    private static string? Text(JsonObject metadata, string name) =>
        metadata[name] is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 ? text : null;

    private static ManifestBuilder DescribeBuilder()
    {
        var version = typeof(ManifestComposer).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";
        var plus = version.IndexOf('+', StringComparison.Ordinal);
        return plus < 0 ? new ManifestBuilder("ModelPlatform", version, null) : new ManifestBuilder("ModelPlatform", version[..plus], version[(plus + 1)..]);
    }
}

/// <summary>A manifest with the bytes it is stored as.</summary>
internal sealed record ComposedManifest(Manifest Manifest, byte[] Content)
{
    /// <summary>Strong validator: SHA-256 of the bytes.</summary>
    public string ETag { get; } = Sha256Digest.Of(Content).ToString();
}
