using System.Text.Json.Nodes;
using ModelPlatform.Integrity;

namespace ModelPlatform.Manifests;

/// <summary>What a model version consists of, to the last byte. The source of truth: everything else can be rebuilt from it and from the chunks.</summary>
public sealed record Manifest
{
    /// <summary>The schema this platform writes.</summary>
    public const string CurrentSchemaVersion = "2.0.0";

    /// <summary>Version of the manifest's own form.</summary>
    public string SchemaVersion { get; init; } = CurrentSchemaVersion;

    /// <summary>Identity and classification.</summary>
    public required ManifestModel Model { get; init; }

    /// <summary>The model's version again, for readers that look here.</summary>
    public required string Version { get; init; }

    /// <summary>The files. The first is the primary artifact (the variant's first weight file), the rest follow in ordinal order of path.</summary>
    public required IReadOnlyList<ManifestArtifact> Artifacts { get; init; }

    /// <summary>Where to download from. Written when serving; neither stored nor hashed nor signed.</summary>
    public ManifestDistribution? Distribution { get; init; }

    /// <summary>Where the bytes came from and who put them here.</summary>
    public ManifestProvenance? Provenance { get; init; }

    /// <summary>Same as <see cref="ManifestModel.Capabilities"/>.</summary>
    public IReadOnlyList<string> Capabilities { get; init; } = [];

    /// <summary>Hashes and signatures over the rest.</summary>
    public ManifestIntegrity? Integrity { get; init; }

    /// <summary>What a verifier must insist on.</summary>
    public ManifestTrust? Trust { get; init; }
}

/// <summary>Identity and classification of a model.</summary>
public sealed record ManifestModel
{
    /// <summary><c>name:version</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>The version.</summary>
    public required string Version { get; init; }

    /// <summary>caption_generator, detection_model, embedding_model, diffusion_lm, classification_model or other.</summary>
    public string? Type { get; init; }

    /// <summary>micro, small, large or xlarge.</summary>
    public string? Tier { get; init; }

    /// <summary>embed, retrieve, generate, code, multilingual …</summary>
    public IReadOnlyList<string> Capabilities { get; init; } = [];

    /// <summary>Bytes of memory needed to run it.</summary>
    public long MemoryRequirement { get; init; }

    /// <summary>onnx, tensorflow, transformers, ollama, gguf, safetensors, pytorch or other.</summary>
    public string? Framework { get; init; }

    /// <summary>The variant these artifacts are, for example <c>fp32</c>.</summary>
    public string? Variant { get; init; }
}

/// <summary>One file of a model.</summary>
public sealed record ManifestArtifact
{
    /// <summary>Relative path with forward slashes.</summary>
    public required string Path { get; init; }

    /// <summary>Length in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>SHA-256 of the whole file.</summary>
    public required Sha256Digest Sha256 { get; init; }

    /// <summary>onnx, gguf, safetensors, json …: what the file is.</summary>
    public string? Format { get; init; }

    /// <summary>Quantization scheme or precision.</summary>
    public string? Quantization { get; init; }

    /// <summary>The chunks in order.</summary>
    public required ManifestChunking Chunking { get; init; }

    /// <summary>Root of the Merkle tree over the chunk hashes.</summary>
    public required Sha256Digest MerkleRoot { get; init; }
}

/// <summary>How a file is cut into chunks.</summary>
public sealed record ManifestChunking
{
    /// <summary>Bytes in each chunk but the last.</summary>
    public required int ChunkSize { get; init; }

    /// <summary>Always <c>ceil(size / chunkSize)</c> and the length of <see cref="ChunkHashes"/>.</summary>
    public required int ChunkCount { get; init; }

    /// <summary>SHA-256 of each chunk.</summary>
    public required IReadOnlyList<Sha256Digest> ChunkHashes { get; init; }

    /// <summary>The tree over the chunks: made once, when the root is checked, and there for every proof.</summary>
    internal MerkleLevels Tree => tree is { } made && ReferenceEquals(made.Leaves, ChunkHashes) ? made : tree = new MerkleLevels(ChunkHashes);

    private MerkleLevels? tree;

    /// <summary>The proof of one chunk.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The file has no such chunk.</exception>
    public MerkleProof Prove(int index) => Tree.Prove(index);
}

/// <summary>Where to download a model from.</summary>
public sealed record ManifestDistribution
{
    /// <summary>A plain http(s) URL of the primary artifact, by default this registry's own.</summary>
    public string? Gcs { get; init; }

    /// <summary>A CID.</summary>
    public string? Ipfs { get; init; }

    /// <summary>Further URLs of the primary artifact.</summary>
    public IReadOnlyList<string> FallbackUrls { get; init; } = [];
}

/// <summary>Where the bytes came from.</summary>
public sealed record ManifestProvenance
{
    /// <summary>What built the manifest.</summary>
    public ManifestBuilder? BuiltBy { get; init; }

    /// <summary>Where the model was fetched from.</summary>
    public ManifestSource? Source { get; init; }

    /// <summary>Hash of an optimization recipe.</summary>
    public string? OptimizationRecipeHash { get; init; }

    /// <summary>Hash of a calibration dataset.</summary>
    public string? CalibrationDatasetHash { get; init; }

    /// <summary>The model this one derives from.</summary>
    public string? ParentLineage { get; init; }

    /// <summary>When, ISO 8601 UTC.</summary>
    public string? BuildTimestamp { get; init; }

    /// <summary>Platform, architecture and the like.</summary>
    public JsonObject? Environment { get; init; }
}

/// <summary>What built a manifest.</summary>
/// <param name="Tool">Program.</param>
/// <param name="Version">Its version.</param>
/// <param name="Commit">Its source commit, where known.</param>
public sealed record ManifestBuilder(string Tool, string Version, string? Commit = null);

/// <summary>Where a model was fetched from.</summary>
/// <param name="Name">The source.</param>
/// <param name="Reference">The model's name there.</param>
/// <param name="FetchedAt">When, ISO 8601 UTC.</param>
/// <param name="Revision">The immutable revision that was fetched, where the source has such.</param>
public sealed record ManifestSource(string Name, string Reference, string FetchedAt, string? Revision = null);

/// <summary>Hashes and signatures.</summary>
public sealed record ManifestIntegrity
{
    /// <summary>SHA-256 of the canonical manifest without <c>integrity</c> and <c>distribution</c>.</summary>
    public required Sha256Digest ManifestHash { get; init; }

    /// <summary>SHA-256 of canonical <c>{schemaVersion, model, version, artifacts, provenance, capabilities, trust, timestamp}</c>: what is signed.</summary>
    public required Sha256Digest SignedPayloadHash { get; init; }

    /// <summary>ISO 8601 UTC with milliseconds; part of the signed payload.</summary>
    public required string Timestamp { get; init; }

    /// <summary>That of the primary artifact.</summary>
    public required Sha256Digest MerkleRoot { get; init; }

    /// <summary>That of the primary artifact.</summary>
    public required ManifestChunking Chunking { get; init; }

    /// <summary>Ed25519 signatures over <see cref="SignedPayloadHash"/>'s 32 bytes.</summary>
    public IReadOnlyList<ManifestSignature> Signatures { get; init; } = [];
}

/// <summary>One signature.</summary>
/// <param name="KeyId">A key of the trust root.</param>
/// <param name="Algorithm">Always <c>ed25519</c>.</param>
/// <param name="Signature">Base64.</param>
public sealed record ManifestSignature(string KeyId, string Algorithm, string Signature);

/// <summary>What a verifier must insist on.</summary>
/// <param name="TrustedKeySetId">The key set the signer belongs to.</param>
/// <param name="MinimumSignaturesRequired">Can raise the trust root's number, never lower it.</param>
public sealed record ManifestTrust(string TrustedKeySetId, int MinimumSignaturesRequired);
