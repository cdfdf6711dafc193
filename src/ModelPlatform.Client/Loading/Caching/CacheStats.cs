namespace ModelPlatform.Client.Loading.Caching;

/// <summary>What the cache holds.</summary>
/// <param name="ModelCount">Models, half loaded ones too.</param>
/// <param name="TotalSize">Bytes of everything: files, what is half loaded and the space set aside for the rest of it, manifests.</param>
/// <param name="Models">Each model, the least recently used first.</param>
public sealed record CacheStats(int ModelCount, long TotalSize, IReadOnlyList<CachedModel> Models);

/// <summary>A model in the cache.</summary>
/// <param name="Id"><c>name:version</c>.</param>
/// <param name="Size">Bytes.</param>
/// <param name="LastAccess">When it was last loaded.</param>
/// <param name="Hash">Merkle root of its primary artifact.</param>
/// <param name="CachedAt">When it came.</param>
public sealed record CachedModel(string Id, long Size, DateTimeOffset LastAccess, string Hash, DateTimeOffset CachedAt);
