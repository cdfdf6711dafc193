using System.Text.Json.Serialization;

namespace ModelPlatform.Client.Loading.Caching;

/// <summary>What stands beside a cached model's files. Its size is set aside from the beginning, so that two loads cannot share the same space.</summary>
internal sealed record CacheRecord(string Id, string Hash, long Size, DateTimeOffset CachedAt)
{
    public const string FileName = "entry.json";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(CacheRecord))]
internal sealed partial class CacheJson : JsonSerializerContext;
