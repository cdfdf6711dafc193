using Microsoft.Extensions.Caching.Memory;
using Microsoft.Net.Http.Headers;
using ModelPlatform.Api.Routing;
using ModelPlatform.Integrity;
using ModelPlatform.Manifests;
using ModelPlatform.Registry;

namespace ModelPlatform.Api.Registry;

/// <summary>Manifests as they go out: with <c>distribution</c>, which is written now because only now the registry's own address is known, and with the hash of exactly these bytes.</summary>
internal sealed class ServedManifests(PublicAddress address, IConfiguration configuration) : IDisposable
{
    private const long Budget = 64 * 1024 * 1024;

    private readonly MemoryCache cache = new(new MemoryCacheOptions { SizeLimit = Budget });
    private readonly string? bucket = configuration["Distribution:BucketUrl"]?.TrimEnd('/');

    /// <summary>The bytes for this request, and their strong validator.</summary>
    public (byte[] Content, EntityTagHeaderValue ETag) Get(ModelEntry model, HttpRequest request)
    {
        var key = (model.Id, model.ETag, address.Of(request));
        if (!cache.TryGetValue(key, out (byte[] Content, EntityTagHeaderValue ETag) served))
        {
            var content = ManifestJson.Serialize(model.Manifest with { Distribution = Describe(model, request) });
            served = (content, new EntityTagHeaderValue($"\"{Sha256Digest.Of(content)}\""));
            cache.Set(key, served, new MemoryCacheEntryOptions { Size = content.Length });
        }

        return served;
    }

    public void Dispose() => cache.Dispose();

    private ManifestDistribution Describe(ModelEntry model, HttpRequest request)
    {
        var path = model.Manifest.Artifacts[0].Path;
        var own = address.OfArtifact(request, model.Id, path);
        return string.IsNullOrEmpty(bucket)
            ? new ManifestDistribution { Gcs = own }
            : new ManifestDistribution { Gcs = $"{bucket}/{model.Id.Name}/{model.Id.Version}/{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}", FallbackUrls = [own] };
    }
}
