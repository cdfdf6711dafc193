using System.Net.Http.Headers;
using System.Text.Json;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Peer;

/// <summary>Asks one site: its address is the operator's word, its answers are not.</summary>
internal sealed class SiteClient(SourceHttp http)
{
    private const int LongestManifest = 64 * 1024 * 1024;
    private static readonly TimeSpan SmallAnswer = TimeSpan.FromSeconds(300);

    /// <summary>Reads a manifest, first as anybody, then with the token.</summary>
    /// <returns>The JSON, and whether the token was needed.</returns>
    public async ValueTask<Result<(JsonDocument Json, bool IsGated)>> ReadManifestAsync(Site site, PeerReference reference, CancellationToken cancellationToken)
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
            return error.Code == ErrorCode.ModelNotFound ? new PlatformError(ErrorCode.ModelNotFound, $"The site {site.Name} has no model {reference.Id}. Check the name and the version.") : error;
        }

        using (answer)
        {
            if (answer.Message.Content.Headers.ContentLength > LongestManifest)
            {
                return TooLong(site);
            }

            try
            {
                await using var body = new LimitedStream(await answer.Message.Content.ReadAsStreamAsync(cancellationToken), LongestManifest);
                return (await JsonDocument.ParseAsync(body, new JsonDocumentOptions { MaxDepth = 32, AllowDuplicateProperties = false }, cancellationToken), isGated);
            }
            catch (JsonException)
            {
                return new PlatformError(ErrorCode.IntegrityFailed, $"The site {site.Name} does not answer with a manifest. Check that its address is that of a ModelPlatform.");
            }
            catch (InvalidDataException)
            {
                return TooLong(site);
            }
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

    private static PlatformError TooLong(Site site) => new(ErrorCode.IntegrityFailed, $"The manifest of the site {site.Name} is longer than {LongestManifest} bytes.");

    /// <summary>Fails beyond a limit, for bodies that do not say their length.</summary>
    private sealed class LimitedStream(Stream inner, long limit) : Stream
    {
        private long left = limit;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await inner.ReadAsync(buffer, cancellationToken);
            return (left -= read) >= 0 ? read : throw new InvalidDataException();
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read asynchronously.");
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override void Flush() { }

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
