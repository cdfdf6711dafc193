using ModelPlatform.Fetching;
using ModelPlatform.Integrity;
using ModelPlatform.Manifests;
using ModelPlatform.Sources;

namespace ModelPlatform.Registry;

/// <summary>The published models. Manifests in the record store are the truth; the index in Redis answers lists and can be rebuilt.</summary>
public interface IModelRegistry
{
    /// <summary>Makes a verified model visible: builds, hashes and signs its manifest, and creates it if absent, after every chunk is seen to exist.</summary>
    /// <param name="id">The identity it gets.</param>
    /// <param name="model">What was proven.</param>
    /// <param name="card">What may change about it later.</param>
    /// <param name="fence">Throws where the caller no longer owns the job; called right before the manifest is created.</param>
    /// <param name="cancellationToken">Cancels before the manifest is created, not after.</param>
    /// <returns>The entry, also where an equal one was there already; ModelNameConflict where the name is taken by other content; IntegrityFailed or StorageFailed where a chunk is gone.</returns>
    Task<Result<ModelEntry>> PublishAsync(ModelId id, FetchedModel model, ModelCard card, Func<CancellationToken, ValueTask> fence, CancellationToken cancellationToken);

    /// <summary>Finds one version: the one named, the one an alias stands for, or the newest (semver order where all parse, else by time).</summary>
    ValueTask<ModelEntry?> FindAsync(ModelReference reference, CancellationToken cancellationToken);

    /// <summary>The identity already in use that differs from <paramref name="id"/> only in the case of its name; null where there is none.</summary>
    ValueTask<ModelId?> FindCaseClashAsync(ModelId id, CancellationToken cancellationToken);

    /// <summary>Published versions that match, newest first.</summary>
    ValueTask<CatalogPage> ListAsync(CatalogQuery query, CancellationToken cancellationToken);

    /// <summary>Every manifest that can be used; reads the record store, not the index. One that cannot be used is logged and left out: a rebuild of the index names it.</summary>
    IAsyncEnumerable<Manifest> ReadAllManifestsAsync(CancellationToken cancellationToken);

    /// <summary>Every chunk that a manifest names, for garbage collection, also where the manifest cannot be used: its chunks are spared.</summary>
    /// <exception cref="PlatformException">IntegrityFailed where a manifest is damaged and so is the list of its chunks, so that nobody knows which are to be spared.</exception>
    IAsyncEnumerable<Sha256Digest> ReadAllChunksAsync(CancellationToken cancellationToken);

    /// <summary>Changes the card with a conditional write.</summary>
    Task<Result<ModelEntry>> UpdateCardAsync(ModelId id, Func<ModelCard, ModelCard> change, CancellationToken cancellationToken);

    /// <summary>Deletes a version. Its chunks stay until garbage collection.</summary>
    Task<Result<ModelId>> DeleteAsync(ModelId id, CancellationToken cancellationToken);
}

/// <summary>What to list. Null means "any".</summary>
public sealed record CatalogQuery
{
    /// <summary>micro, small, large or xlarge.</summary>
    public string? Tier { get; init; }

    /// <summary>A capability the model must have.</summary>
    public string? Capability { get; init; }

    /// <summary>Framework.</summary>
    public string? Framework { get; init; }

    /// <summary>Stage.</summary>
    public string? Stage { get; init; }

    /// <summary>Model type.</summary>
    public string? Type { get; init; }

    /// <summary>Words to find in name, description and tags.</summary>
    public string? Text { get; init; }

    /// <summary>Whether models that are never served anonymously are listed.</summary>
    public bool IncludesGated { get; init; } = true;

    /// <summary>At most so many, up to 1,000.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Where an earlier page ended.</summary>
    public string? Cursor { get; init; }
}

/// <summary>A page of the catalog.</summary>
/// <param name="Models">The rows.</param>
/// <param name="NextCursor">For the next page; null on the last.</param>
public sealed record CatalogPage(IReadOnlyList<CatalogRow> Models, string? NextCursor);

/// <summary>What the index knows of a version, enough for every list.</summary>
public sealed record CatalogRow
{
    /// <summary><c>name:version</c>.</summary>
    public required string Id { get; init; }

    /// <summary>Name.</summary>
    public required string Name { get; init; }

    /// <summary>Version.</summary>
    public required string Version { get; init; }

    /// <summary>Model type.</summary>
    public string? Type { get; init; }

    /// <summary>Tier.</summary>
    public string? Tier { get; init; }

    /// <summary>Capabilities.</summary>
    public IReadOnlyList<string> Capabilities { get; init; } = [];

    /// <summary>Bytes of memory needed.</summary>
    public long MemoryRequirement { get; init; }

    /// <summary>Bytes of all artifacts.</summary>
    public long Size { get; init; }

    /// <summary>Framework.</summary>
    public string? Framework { get; init; }

    /// <summary>The variant, for example <c>fp32</c>.</summary>
    public string? Variant { get; init; }

    /// <summary>Quantization or precision of the primary artifact.</summary>
    public string? Quantization { get; init; }

    /// <summary>Stage.</summary>
    public string? Stage { get; init; }

    /// <summary>Merkle root of the primary artifact.</summary>
    public required string MerkleRoot { get; init; }

    /// <summary>Tags.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Metadata of the card.</summary>
    public System.Text.Json.Nodes.JsonObject Metadata { get; init; } = [];

    /// <summary>When it was published, UTC.</summary>
    public DateTimeOffset PublishedAt { get; init; }

    /// <summary>Never served anonymously.</summary>
    public bool IsGated { get; init; }

    /// <summary>Its chunks were given up to make room.</summary>
    public bool IsEvicted { get; init; }
}
