using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using ModelPlatform.Integrity;

namespace ModelPlatform.Documents.Replication;

/// <summary>What was last written to a field, when, and at which site. A value of null is a tombstone: the field was removed.</summary>
/// <remarks>States of one field are totally ordered by time, then site, then value, and merging takes the greatest: so it is commutative, associative and idempotent.</remarks>
internal sealed record FieldState
{
    private Sha256Digest? digest;

    public required string Collection { get; init; }

    public required string Id { get; init; }

    public required string Field { get; init; }

    public required HybridTime Time { get; init; }

    /// <summary>The site it was written at.</summary>
    public required string Site { get; init; }

    public RawJson? Value { get; init; }

    /// <summary>The key that signed <see cref="Digest"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? KeyId { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Signature { get; init; }

    [JsonIgnore]
    public FieldKey Key => new(Collection, Id, Field);

    /// <summary>SHA-256 of everything but the signature.</summary>
    [JsonIgnore]
    public Sha256Digest Digest => digest ??= Hash();

    /// <summary>About how many bytes it is worth on the wire.</summary>
    [JsonIgnore]
    public int Weight => 160 + Collection.Length + Id.Length + Field.Length + Site.Length + (Value?.Length ?? 4) + (KeyId?.Length ?? 0) + (Signature?.Length ?? 0);

    /// <summary>Whether it replaces another state of the same field.</summary>
    public bool Replaces(FieldState? other) => other is null || Compare(this, other) > 0;

    private static int Compare(FieldState one, FieldState other)
    {
        var order = one.Time.CompareTo(other.Time);
        order = order != 0 ? order : string.CompareOrdinal(one.Site, other.Site);
        return order != 0 ? order
            : one.Value is null || other.Value is null ? (one.Value is null ? 0 : 1) - (other.Value is null ? 0 : 1)
            : one.Value.Utf8.Span.SequenceCompareTo(other.Value.Utf8.Span);
    }

    private Sha256Digest Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        // No name holds a line feed, so no two states have the same text.
        hash.AppendData(Encoding.UTF8.GetBytes($"field\n{Collection}\n{Id}\n{Field}\n{Time}\n{Site}\n"));
        hash.AppendData(Value is null ? "null"u8 : Value.Utf8.Span);
        Span<byte> bytes = stackalloc byte[Sha256Digest.Size];
        hash.GetHashAndReset(bytes);
        return new Sha256Digest(bytes);
    }
}
