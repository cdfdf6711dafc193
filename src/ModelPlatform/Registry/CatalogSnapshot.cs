namespace ModelPlatform.Registry;

/// <summary>The whole catalog at one moment, in memory: immutable, replaced as a whole. The next one is made from it by what changed, not anew.</summary>
internal sealed class CatalogSnapshot
{
    private static readonly Comparer<IndexedModel> Order = Comparer<IndexedModel>.Create((x, y) =>
    {
        var byTime = y.Card.PublishedAt.CompareTo(x.Card.PublishedAt);
        var byName = byTime != 0 ? byTime : string.CompareOrdinal(x.Name, y.Name);
        return byName != 0 ? byName : string.CompareOrdinal(x.Version, y.Version);
    });

    private readonly Dictionary<string, IndexedModel> byId;
    private readonly Dictionary<string, IndexedModel[]> byName;

    public CatalogSnapshot(IndexHead head, IEnumerable<KeyValuePair<string, IndexedModel>> models)
    {
        Head = head;
        byId = new Dictionary<string, IndexedModel>(models, StringComparer.Ordinal);
        byName = byId.Values.GroupBy(model => model.Name, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);
        NewestFirst = [.. byId.Values.Order(Order)];
    }

    private CatalogSnapshot(IndexHead head, Dictionary<string, IndexedModel> byId, Dictionary<string, IndexedModel[]> byName, IReadOnlyList<IndexedModel> newestFirst) =>
        (Head, this.byId, this.byName, NewestFirst) = (head, byId, byName, newestFirst);

    /// <summary>What of the index it shows.</summary>
    public IndexHead Head { get; }

    /// <summary>All versions.</summary>
    public IReadOnlyList<IndexedModel> NewestFirst { get; }

    /// <summary>One version.</summary>
    public IndexedModel? Find(ModelId id) => byId.GetValueOrDefault(id.ToString());

    /// <summary>All versions of a name.</summary>
    public IReadOnlyList<IndexedModel> Versions(string name) => byName.GetValueOrDefault(name) ?? [];

    /// <summary>The same with some versions replaced, added, or, where null, removed.</summary>
    /// <param name="head">What of the index it then shows.</param>
    /// <param name="changes">Each version once.</param>
    public CatalogSnapshot With(IndexHead head, IEnumerable<KeyValuePair<string, IndexedModel?>> changes)
    {
        var ids = new Dictionary<string, IndexedModel>(byId, StringComparer.Ordinal);
        var names = new Dictionary<string, IndexedModel[]>(byName, StringComparer.Ordinal);
        var gone = new HashSet<IndexedModel>(ReferenceEqualityComparer.Instance);
        var come = new List<IndexedModel>();
        foreach (var (id, model) in changes)
        {
            if (ids.Remove(id, out var old))
            {
                gone.Add(old);
                names[old.Name] = [.. names[old.Name].Where(other => !ReferenceEquals(other, old))];
            }

            if (model is not null)
            {
                ids.Add(id, model);
                come.Add(model);
                names[model.Name] = [.. names.GetValueOrDefault(model.Name) ?? [], model];
            }
            else if (old is not null && names[old.Name].Length == 0)
            {
                names.Remove(old.Name);
            }
        }

        come.Sort(Order);
        return new CatalogSnapshot(head, ids, names, Merge(NewestFirst, gone, come));
    }

    private static List<IndexedModel> Merge(IReadOnlyList<IndexedModel> old, HashSet<IndexedModel> gone, List<IndexedModel> come)
    {
        var merged = new List<IndexedModel>(old.Count + come.Count);
        var next = 0;
        foreach (var model in old)
        {
            if (gone.Contains(model))
            {
                continue;
            }

            while (next < come.Count && Order.Compare(come[next], model) < 0)
            {
                merged.Add(come[next++]);
            }

            merged.Add(model);
        }

        merged.AddRange(come.Skip(next));
        return merged;
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
