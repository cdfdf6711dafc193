using ModelPlatform.Integrity;

namespace ModelPlatform.Chunks;

/// <summary>A chunk as a store lists it.</summary>
/// <param name="Id">SHA-256 of its plain bytes.</param>
/// <param name="StoredBytes">What it takes in the store.</param>
/// <param name="LastModified">By the store's own clock.</param>
/// <param name="ETag">Changes when it is touched.</param>
public readonly record struct StoredChunk(Sha256Digest Id, long StoredBytes, DateTimeOffset LastModified, string ETag);
