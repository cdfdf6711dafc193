using System.Net.Http.Headers;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Peer;

/// <summary>Asks one site: its address is the operator's word, its answers are not.</summary>
internal sealed class SiteClient(SourceHttp http)
{
    private const int LongestManifest = 64 * 1024 * 1024;
    private static readonly TimeSpan SmallAnswer = TimeSpan.FromSeconds(300);

    /// <summary>Reads a manifest, first as anybody, then with the token.</summary>
    /// <returns>Its bytes, and whether the token was needed.</returns>
    public async ValueTask<Result<(ReadOnlyMemory<byte> Manifest, bool IsGated)>> ReadManifestAsync(Site site, PeerReference reference, CancellationToken cancellationToken)
    {
        var path = $"v2/manifests/{reference.Id}";
        var result = await SendAsync(site, path, withToken: false, null, SmallAnswer, cancellationToken);
        var isGated = result.Error?.Code == ErrorCode.AccessDenied && site.Token is not null;
        if (isGated)
        {
            result = await SendAsync(site, path, withToken: true, null, SmallAnswer, cancellationToken);
        }

        if (!result.TryGet(out var answer, out var error))
        {
            return Explain(error, site, reference);
        }

        using (answer)
        {
            return await ReadAsync(answer, cancellationToken) is { } manifest ? (manifest, isGated)
                : new PlatformError(ErrorCode.IntegrityFailed, $"The manifest of the site {site.Name} is longer than {LongestManifest} bytes.");
        }
    }

    public ValueTask<Result<SourceHttpResponse>> GetAsync(Site site, string path, RangeHeaderValue? range, CancellationToken cancellationToken) =>
        SendAsync(site, path, withToken: true, range, null, cancellationToken);

    private async ValueTask<Result<SourceHttpResponse>> SendAsync(Site site, string path, bool withToken, RangeHeaderValue? range, TimeSpan? overall, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(site.Url, path));
        request.Headers.Range = range;
        if (withToken && site.Token is { } token)
        {
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        }

        return await http.SendAsync(request, new SourceHttpOptions { TrustedOrigins = [site.Url], OverallTimeout = overall }, cancellationToken);
    }

    /// <summary>The whole body; null where it is too long.</summary>
    private static async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(SourceHttpResponse answer, CancellationToken cancellationToken)
    {
        await using var body = await answer.Message.Content.ReadAsStreamAsync(cancellationToken);
        using var whole = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (await body.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            if (whole.Length + read > LongestManifest)
            {
                return null;
            }

            whole.Write(buffer, 0, read);
        }

        return whole.ToArray();
    }

    private static PlatformError Explain(PlatformError error, Site site, PeerReference reference) => error.Code switch
    {
        ErrorCode.ModelNotFound => new(ErrorCode.ModelNotFound, $"The site {site.Name} has no model {reference.Id}. Check the name and the version."),
        ErrorCode.AccessDenied => new(ErrorCode.AccessDenied, $"The site {site.Name} does not let this platform read {reference.Id}: {(site.Token is null ? "set a token of it" : "the token that is set is not accepted; set another one")} ({site.TokenSetting})."),
        _ => error,
    };
}
