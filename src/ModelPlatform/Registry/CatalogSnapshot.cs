using System.Collections.Frozen;

namespace ModelPlatform.Registry;

/// <summary>The whole catalog at one moment, in memory: immutable, replaced as a whole.</summary>
internal sealed class CatalogSnapshot
{
    private readonly FrozenDictionary<string, IndexedModel> byId;
    private readonly ILookup<string, IndexedModel> byName;

    public CatalogSnapshot(IndexHead head, IEnumerable<KeyValuePair<string, IndexedModel>> models)
    {
        Head = head;
        byId = models.ToFrozenDictionary(StringComparer.Ordinal);
        byName = byId.Values.ToLookup(model => model.Name, StringComparer.Ordinal);
        NewestFirst = [.. byId.Values.OrderByDescending(model => model.Card.PublishedAt).ThenBy(model => model.Name, StringComparer.Ordinal).ThenBy(model => model.Version, StringComparer.Ordinal)];
    }

    /// <summary>What of the index it shows.</summary>
    public IndexHead Head { get; }

    /// <summary>All versions.</summary>
    public IReadOnlyList<IndexedModel> NewestFirst { get; }

    /// <summary>One version.</summary>
    public IndexedModel? Find(ModelId id) => byId.GetValueOrDefault(id.ToString());

    /// <summary>All versions of a name.</summary>
    public IReadOnlyList<IndexedModel> Versions(string name) => [.. byName[name]];

    /// <summary>The same with some versions replaced, added, or, where null, removed.</summary>
    public CatalogSnapshot With(IndexHead head, IEnumerable<KeyValuePair<string, IndexedModel?>> changes)
    {
        var models = new Dictionary<string, IndexedModel>(byId, StringComparer.Ordinal);
        foreach (var (id, model) in changes)
        {
            if (model is null)
            {
                models.Remove(id);
            }
            else
            {
                models[id] = model;
            }
        }

        return new CatalogSnapshot(head, models);
    }
}

/// <summary>Which index, and how many changes it has seen. One string in Redis, so that one condition guards every change.</summary>
/// <param name="Generation">A new one each time the index is rebuilt.</param>
/// <param name="Sequence">The number of the last change.</param>
internal readonly record struct IndexHead(string Generation, long Sequence)
{
    public override string ToString() => $"{Generation}:{Sequence}";

    public IndexHead Next() => this with { Sequence = Sequence + 1 };

    public static IndexHead? Parse(string? text) =>
        text?.Split(':') is [var generation, var sequence] && long.TryParse(sequence, out var number) ? new IndexHead(generation, number) : null;
}
