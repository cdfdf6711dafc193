using ModelPlatform.Documents.Replication;
using ModelPlatform.Manifests;

namespace ModelPlatform.Documents.Log;

/// <summary>What an append is going to be, seen over what is there already.</summary>
internal sealed class LogDraft(FieldMap map, HybridClock clock, SiteVector seen, string site, IManifestSigner? signer)
{
    private readonly Dictionary<FieldKey, FieldState> states = [];
    private readonly List<FieldKey> forgotten = [];
    private readonly Dictionary<string, HybridTime> advanced = new(StringComparer.Ordinal);

    public bool IsEmpty => states.Count == 0 && forgotten.Count == 0 && advanced.Count == 0;

    public int Weight { get; private set; }

    public FieldMap Map => map;

    public SiteVector Seen => seen;

    public FieldState? Find(FieldKey key) => states.GetValueOrDefault(key) ?? map.Find(key)?.State;

    /// <summary>Writes a field here and now; null removes it.</summary>
    public void Write(FieldKey key, RawJson? value)
    {
        var state = new FieldState { Collection = key.Collection, Id = key.Id, Field = key.Field, Time = clock.Next(), Site = site, Value = value };
        var signature = signer?.Sign(state.Digest) is [var first, ..] ? first : null;
        Put(state with { KeyId = signature?.KeyId, Signature = signature?.Signature });
        Advance(site, state.Time);
    }

    /// <summary>Takes in a state from elsewhere if it replaces what is here.</summary>
    public bool Merge(FieldState state)
    {
        if (!state.Replaces(Find(state.Key)))
        {
            return false;
        }

        clock.Observe(state.Time);
        Put(state);
        return true;
    }

    /// <summary>Notes that all of a site's writes up to a time are here.</summary>
    public void Advance(string of, HybridTime time)
    {
        if (!seen.Covers(of, time) && (!advanced.TryGetValue(of, out var known) || time > known))
        {
            advanced[of] = time;
        }
    }

    public void Forget(FieldKey key) => forgotten.Add(key);

    public LogRecord ToRecord() => new(map.Position + 1, [.. states.Values])
    {
        Seen = advanced.Count > 0 ? advanced : null,
        Forgotten = forgotten.Count > 0 ? forgotten : null,
    };

    private void Put(FieldState state)
    {
        states[state.Key] = state;
        Weight += state.Weight;
    }
}
