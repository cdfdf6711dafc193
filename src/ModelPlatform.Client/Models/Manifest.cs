using System.Text.Json.Nodes;

namespace ModelPlatform.Client.Models;

/// <summary>A manifest with the bytes it was sent as.</summary>
/// <param name="Manifest">Read.</param>
/// <param name="Utf8Json">As sent: what hashes and signatures are checked against.</param>
/// <param name="ETag">Its validator, without quotes.</param>
public sealed record ManifestDocument(Manifest Manifest, ReadOnlyMemory<byte> Utf8Json, string? ETag);

/// <summary>What a model version consists of, to the last byte.</summary>
public sealed record Manifest
{
    /// <summary>Version of the manifest's own form.</summary>
    public string SchemaVersion { get; init; } = "";

    /// <summary>Identity and classification.</summary>
    public ManifestModel Model { get; init; } = new();

    /// <summary>The model's version again.</summary>
    public string? Version { get; init; }

    /// <summary>The files, the primary artifact first.</summary>
    public IReadOnlyList<ManifestArtifact> Artifacts { get; init; } = [];

    /// <summary>Where to download from.</summary>
    public ManifestDistribution? Distribution { get; init; }

    /// <summary>Where the bytes came from.</summary>
    public ManifestProvenance? Provenance { get; init; }

    /// <summary>What the model can do.</summary>
    public IReadOnlyList<string>? Capabilities { get; init; }

    /// <summary>Hashes and signatures.</summary>
    public ManifestIntegrity? Integrity { get; init; }

    /// <summary>What a verifier must insist on.</summary>
    public ManifestTrust? Trust { get; init; }
}

/// <summary>Identity and classification of a model.</summary>
public sealed record ManifestModel
{
    /// <summary><c>name:version</c>.</summary>
    public string Id { get; init; } = "";

    /// <summary>Name.</summary>
    public string Name { get; init; } = "";

    /// <summary>Version.</summary>
    public string Version { get; init; } = "";

    /// <summary>Model type.</summary>
    public string? Type { get; init; }

    /// <summary>micro, small, large or xlarge.</summary>
    public string? Tier { get; init; }

    /// <summary>Capabilities.</summary>
    public IReadOnlyList<string>? Capabilities { get; init; }

    /// <summary>Bytes of memory needed to run it.</summary>
    public long MemoryRequirement { get; init; }

    /// <summary>Framework.</summary>
    public string? Framework { get; init; }

    /// <summary>Variant.</summary>
    public string? Variant { get; init; }
}

/// <summary>One file of a model.</summary>
public sealed record ManifestArtifact
{
    /// <summary>Relative path with forward slashes.</summary>
    public string Path { get; init; } = "";

    /// <summary>Length in bytes.</summary>
    public long Size { get; init; }

    /// <summary>SHA-256 of the whole file, lower-case hex.</summary>
    public string Sha256 { get; init; } = "";

    /// <summary>What the file is.</summary>
    public string? Format { get; init; }

    /// <summary>Quantization scheme or precision.</summary>
    public string? Quantization { get; init; }

    /// <summary>The chunks in order.</summary>
    public ManifestChunking? Chunking { get; init; }

    /// <summary>Root of the Merkle tree over the chunk hashes.</summary>
    public string? MerkleRoot { get; init; }
}

/// <summary>How a file is cut into chunks.</summary>
public sealed record ManifestChunking
{
    /// <summary>Bytes in each chunk but the last.</summary>
    public long ChunkSize { get; init; }

    /// <summary>How many chunks.</summary>
    public int ChunkCount { get; init; }

    /// <summary>SHA-256 of each, lower-case hex.</summary>
    public IReadOnlyList<string> ChunkHashes { get; init; } = [];
}

/// <summary>Where to download a model from.</summary>
public sealed record ManifestDistribution
{
    /// <summary>A plain URL of the primary artifact.</summary>
    public string? Gcs { get; init; }

    /// <summary>A CID.</summary>
    public string? Ipfs { get; init; }

    /// <summary>Further URLs of the primary artifact.</summary>
    public IReadOnlyList<string>? FallbackUrls { get; init; }
}

/// <summary>Where the bytes came from.</summary>
public sealed record ManifestProvenance
{
    /// <summary>What built the manifest.</summary>
    public ManifestBuilder? BuiltBy { get; init; }

    /// <summary>Where the model was fetched from.</summary>
    public ManifestSource? Source { get; init; }

    /// <summary>The model this one derives from.</summary>
    public string? ParentLineage { get; init; }

    /// <summary>When, ISO 8601 UTC.</summary>
    public string? BuildTimestamp { get; init; }

    /// <summary>Platform, architecture and the like.</summary>
    public JsonObject? Environment { get; init; }
}

/// <summary>What built a manifest.</summary>
public sealed record ManifestBuilder(string? Tool, string? Version, string? Commit);

/// <summary>Where a model was fetched from.</summary>
public sealed record ManifestSource(string? Name, string? Reference, string? Revision, string? FetchedAt);

/// <summary>Hashes and signatures of a manifest.</summary>
public sealed record ManifestIntegrity
{
    /// <summary>SHA-256 of the canonical manifest without <c>integrity</c> and <c>distribution</c>.</summary>
    public string? ManifestHash { get; init; }

    /// <summary>What is signed.</summary>
    public string? SignedPayloadHash { get; init; }

    /// <summary>ISO 8601 UTC with milliseconds.</summary>
    public string? Timestamp { get; init; }

    /// <summary>That of the primary artifact.</summary>
    public string? MerkleRoot { get; init; }

    /// <summary>That of the primary artifact.</summary>
    public ManifestChunking? Chunking { get; init; }

    /// <summary>Signatures over <see cref="SignedPayloadHash"/>.</summary>
    public IReadOnlyList<ManifestSignature>? Signatures { get; init; }
}

/// <summary>One signature.</summary>
public sealed record ManifestSignature(string? KeyId, string? Algorithm, string? Signature);

/// <summary>What a verifier must insist on.</summary>
public sealed record ManifestTrust(string? TrustedKeySetId, int MinimumSignaturesRequired);
