using ModelPlatform.Client.Connection;
using ModelPlatform.Manifests;

namespace ModelPlatform.Client.Loading.Transfer;

/// <summary>Somewhere a file's bytes can be had from.</summary>
/// <param name="Name">gcs, ipfs, p2p or fallback.</param>
/// <param name="Address">For messages.</param>
internal abstract record Place(string Name, string Address)
{
    /// <summary>Opens the file so that a byte can be read.</summary>
    /// <param name="artifact">The file.</param>
    /// <param name="from">The first byte wanted.</param>
    /// <param name="to">The last byte wanted. A place may send less, never other bytes.</param>
    /// <param name="cancellationToken">Cancels the opening.</param>
    /// <returns>The answer, and the offset in the file at which its body begins.</returns>
    public abstract Task<ApiResult<(HttpResponseMessage Response, long StartsAt)>> OpenAsync(ManifestArtifact artifact, long from, long to, CancellationToken cancellationToken);
}

/// <summary>A URL of the whole file.</summary>
internal sealed record UrlPlace(string Name, Uri Url, ApiConnection Connection) : Place(Name, Url.GetLeftPart(UriPartial.Path))
{
    public override async Task<ApiResult<(HttpResponseMessage Response, long StartsAt)>> OpenAsync(ManifestArtifact artifact, long from, long to, CancellationToken cancellationToken)
    {
        var isAll = from == 0 && to == artifact.Size - 1;
        var opened = await Connection.OpenAsync(HttpMethod.Get, Url, null, request => request.Headers.Range = isAll ? null : new(from, to), cancellationToken);
        return opened.TryGet(out var response, out var problem) ? (response, response.Content.Headers.ContentRange?.From ?? 0) : problem;
    }
}

/// <summary>Another site: it may have the bytes under any model, so they are asked for by their hash.</summary>
internal sealed record PeerPlace(Uri Site, ApiConnection Connection) : Place("p2p", Site.AbsoluteUri)
{
    public override async Task<ApiResult<(HttpResponseMessage Response, long StartsAt)>> OpenAsync(ManifestArtifact artifact, long from, long to, CancellationToken cancellationToken)
    {
        var index = (int)(from / artifact.Chunking.ChunkSize);
        var chunk = new Uri(Site, $"v2/chunks/{artifact.Chunking.ChunkHashes[index]}");
        var opened = await Connection.OpenAsync(HttpMethod.Get, chunk, null, null, cancellationToken);
        return opened.TryGet(out var response, out var problem) ? (response, (long)index * artifact.Chunking.ChunkSize) : problem;
    }
}
