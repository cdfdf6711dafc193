using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using ModelPlatform.Manifests;

namespace ModelPlatform.Registry;

/// <summary>What the index keeps of a version: the card and the manifest's short facts. Made from the record store, never the other way.</summary>
internal sealed record IndexedModel
{
    public required string Name { get; init; }

    public required string Version { get; init; }

    /// <summary>Of the manifest's stored bytes.</summary>
    public required string ETag { get; init; }

    public string? Type { get; init; }

    public string? Tier { get; init; }

    public IReadOnlyList<string> Capabilities { get; init; } = [];

    public long MemoryRequirement { get; init; }

    public long Size { get; init; }

    public string? Framework { get; init; }

    public string? Variant { get; init; }

    public string? Quantization { get; init; }

    public required string MerkleRoot { get; init; }

    public required ModelCard Card { get; init; }

    [JsonIgnore]
    public ModelId Id => new(Name, Version);

    public static IndexedModel Of(ModelEntry entry) => new()
    {
        Name = entry.Id.Name,
        Version = entry.Id.Version,
        ETag = entry.ETag,
        Type = entry.Manifest.Model.Type,
        Tier = entry.Manifest.Model.Tier,
        Capabilities = entry.Manifest.Model.Capabilities,
        MemoryRequirement = entry.Manifest.Model.MemoryRequirement,
        Size = entry.Size,
        Framework = entry.Manifest.Model.Framework,
        Variant = entry.Manifest.Model.Variant,
        Quantization = entry.Manifest.Artifacts[0].Quantization,
        MerkleRoot = entry.Manifest.Artifacts[0].MerkleRoot.ToString(),
        Card = entry.Card,
    };

    public CatalogRow ToRow() => new()
    {
        Id = Id.ToString(),
        Name = Name,
        Version = Version,
        Type = Type,
        Tier = Tier,
        Capabilities = Capabilities,
        MemoryRequirement = MemoryRequirement,
        Size = Size,
        Framework = Framework,
        Variant = Variant,
        Quantization = Quantization,
        Stage = Card.Stage,
        MerkleRoot = MerkleRoot,
        Tags = Card.Tags,
        Metadata = Card.Metadata,
        PublishedAt = Card.PublishedAt,
        IsGated = Card.IsGated,
        IsEvicted = Card.IsEvicted,
    };

    /// <summary>Whether every word stands in the identity, the description or a tag.</summary>
    public bool Mentions(string[] words) => Array.TrueForAll(words, word =>
        Name.Contains(word, StringComparison.OrdinalIgnoreCase)
        || Version.Contains(word, StringComparison.OrdinalIgnoreCase)
        || Card.Tags.Any(tag => tag.Contains(word, StringComparison.OrdinalIgnoreCase))
        || (Card.Metadata["description"] is JsonValue value && value.TryGetValue<string>(out var description) && description.Contains(word, StringComparison.OrdinalIgnoreCase)));
}
