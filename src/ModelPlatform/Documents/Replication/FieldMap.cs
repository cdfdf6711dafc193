namespace ModelPlatform.Documents.Replication;

/// <summary>
/// A last-writer-wins map from fields to states (M. Shapiro, N. Preguiça, C. Baquero, M. Zawirski: Conflict-free Replicated Data Types, SSS 2011), with a digest
/// and the order in which its states came to be here. It holds no lock: who shares it does.
/// </summary>
internal sealed class FieldMap
{
    private readonly Dictionary<string, Collection> collections = new(StringComparer.Ordinal);
    private readonly HashSet<FieldKey>[] buckets = [.. Enumerable.Range(0, MapDigest.Buckets).Select(_ => new HashSet<FieldKey>())];
    private readonly MapDigest digest = new();
    private List<(long Position, FieldKey Key)> changes = [];

    /// <summary>States held, tombstones among them.</summary>
    public int Count { get; private set; }

    /// <summary>Position of the newest change.</summary>
    public long Position { get; private set; }

    public IEnumerable<string> CollectionNames => collections.Keys;

    /// <summary>Takes a state in if it replaces what is here.</summary>
    public bool Merge(FieldState state, long position)
    {
        Position = Math.Max(Position, position);
        if (!collections.TryGetValue(state.Collection, out var collection))
        {
            collections[state.Collection] = collection = new Collection();
        }

        var fields = collection.FieldsOf(state.Id);
        var present = fields.GetValueOrDefault(state.Field);
        if (!state.Replaces(present?.State))
        {
            return false;
        }

        var bucket = present?.Bucket ?? MapDigest.BucketOf(state.Key);
        if (present is not null)
        {
            digest.Remove(bucket, present.State);
        }
        else
        {
            buckets[bucket].Add(state.Key);
            Count++;
        }

        digest.Add(bucket, state);
        fields[state.Field] = new Cell(state, position, bucket);
        changes.Add((position, state.Key));
        if (changes.Count > 1024 && changes.Count > Count * 2)
        {
            changes = [.. changes.Where(change => Find(change.Key)?.Position == change.Position)];
        }

        return true;
    }

    public Cell? Find(FieldKey key) =>
        collections.TryGetValue(key.Collection, out var collection) && collection.Documents.TryGetValue(key.Id, out var fields) ? fields.GetValueOrDefault(key.Field) : null;

    /// <summary>The fields of a document; null where there is none.</summary>
    public IReadOnlyDictionary<string, Cell>? FindDocument(string collection, string id) =>
        collections.TryGetValue(collection, out var found) && found.Documents.TryGetValue(id, out var fields) ? fields : null;

    /// <summary>Ids of a collection in ordinal order, after one of them.</summary>
    public IEnumerable<string> Ids(string collection, string? after)
    {
        if (!collections.TryGetValue(collection, out var found) || found.Ids.Count == 0)
        {
            return [];
        }

        return after is null ? found.Ids : found.Ids.GetViewBetween(after, "\uffff").SkipWhile(id => id == after);
    }

    /// <summary>Changes after a position, oldest first, each field once.</summary>
    public IEnumerable<Cell> ChangesAfter(long position)
    {
        var (low, high) = (0, changes.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = changes[middle].Position <= position ? (middle + 1, high) : (low, middle);
        }

        for (var i = low; i < changes.Count; i++)
        {
            if (Find(changes[i].Key) is { } cell && cell.Position == changes[i].Position)
            {
                yield return cell;
            }
        }
    }

    public IEnumerable<Cell> InBucket(int bucket) => buckets[bucket].Select(key => Find(key)!);

    public byte[] Digest() => digest.ToBytes();

    /// <summary>Forgets a state altogether.</summary>
    public void Forget(FieldKey key)
    {
        if (Find(key) is not { } cell)
        {
            return;
        }

        digest.Remove(cell.Bucket, cell.State);
        buckets[cell.Bucket].Remove(key);
        collections[key.Collection].Remove(key);
        Count--;
    }

    /// <summary>A state, the position at which it came to be here, and its bucket.</summary>
    internal sealed record Cell(FieldState State, long Position, int Bucket);

    private sealed class Collection
    {
        public SortedSet<string> Ids { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, Dictionary<string, Cell>> Documents { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, Cell> FieldsOf(string id)
        {
            if (!Documents.TryGetValue(id, out var fields))
            {
                Documents[id] = fields = new Dictionary<string, Cell>(1, StringComparer.Ordinal);
                Ids.Add(id);
            }

            return fields;
        }

        public void Remove(FieldKey key)
        {
            if (Documents.TryGetValue(key.Id, out var fields) && fields.Remove(key.Field) && fields.Count == 0)
            {
                Documents.Remove(key.Id);
                Ids.Remove(key.Id);
            }
        }
    }
}
