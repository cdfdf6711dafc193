namespace ModelPlatform.Manifests;

/// <summary>When a write or a delete may happen.</summary>
public readonly record struct RecordCondition
{
    /// <summary>Always.</summary>
    public static RecordCondition None => default;

    /// <summary>Only if there is no such record (<c>If-None-Match: *</c>).</summary>
    public static RecordCondition Absent => new() { MustBeAbsent = true };

    /// <summary>Only if the record's ETag is still this one (<c>If-Match</c>).</summary>
    public static RecordCondition Unchanged(string etag) => new() { ETag = etag };

    /// <summary>The record must not exist.</summary>
    public bool MustBeAbsent { get; private init; }

    /// <summary>The ETag the record must have.</summary>
    public string? ETag { get; private init; }
}
