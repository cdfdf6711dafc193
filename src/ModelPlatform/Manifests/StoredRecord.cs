namespace ModelPlatform.Manifests;

/// <summary>A record as it was read.</summary>
/// <param name="Content">Its bytes.</param>
/// <param name="ETag">For <see cref="RecordCondition.Unchanged"/>.</param>
/// <param name="LastModified">By the store's own clock.</param>
public sealed record StoredRecord(ReadOnlyMemory<byte> Content, string ETag, DateTimeOffset LastModified);
