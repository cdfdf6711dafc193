using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ModelPlatform.Documents.Replication;
using ModelPlatform.Sources;

namespace ModelPlatform.Sites.Exchange;

/// <summary>Asks one site. Its address is the operator's word; its answers are not.</summary>
internal sealed class SiteClient(SourceHttp http, SiteBoard board, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(100);

    public Task<Result<ChangesPage>> GetChangesAsync(Site site, long since, IReadOnlyDictionary<string, HybridTime> have, CancellationToken cancellationToken)
    {
        var known = string.Join(',', have.Take(500).Select(pair => $"{pair.Key}:{pair.Value}"));
        return AskAsync(site, HttpMethod.Get, $"v2/sync/changes?since={since.ToString(CultureInfo.InvariantCulture)}&have={Uri.EscapeDataString(known)}", null, SyncJson.Default.ChangesPage, cancellationToken);
    }

    public Task<Result<PushAnswer>> PushAsync(Site site, ChangesPush push, CancellationToken cancellationToken) =>
        AskAsync(site, HttpMethod.Post, "v2/sync/changes", Body(push, SyncJson.Default.ChangesPush), SyncJson.Default.PushAnswer, cancellationToken);

    public async Task<Result<ReadOnlyMemory<byte>>> GetDigestAsync(Site site, CancellationToken cancellationToken)
    {
        var answer = await SendAsync(site, HttpMethod.Get, "v2/sync/digest", null, cancellationToken);
        return answer.IsSuccess && answer.Value.Length != MapDigest.Buckets * MapDigest.BucketSize ? Unreadable(site) : answer;
    }

    public async Task<Result<Dictionary<int, HashSet<ulong>>>> GetBucketsAsync(Site site, IReadOnlyList<int> buckets, CancellationToken cancellationToken)
    {
        if (!(await SendAsync(site, HttpMethod.Post, "v2/sync/buckets", Body(new BucketsRequest(buckets), SyncJson.Default.BucketsRequest), cancellationToken)).TryGet(out var bytes, out var error))
        {
            return error;
        }

        return BucketNames.Read(bytes.Span, buckets) is { } names ? names : Unreadable(site);
    }

    public Task<Result<StatesAnswer>> GetStatesAsync(Site site, IReadOnlyDictionary<int, IReadOnlyList<string>> names, CancellationToken cancellationToken) =>
        AskAsync(site, HttpMethod.Post, "v2/sync/states", Body(new StatesRequest(names), SyncJson.Default.StatesRequest), SyncJson.Default.StatesAnswer, cancellationToken);

    private async Task<Result<T>> AskAsync<T>(Site site, HttpMethod method, string path, byte[]? body, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        if (!(await SendAsync(site, method, path, body, cancellationToken)).TryGet(out var bytes, out var error))
        {
            return error;
        }

        try
        {
            return JsonSerializer.Deserialize(bytes.Span, type) is { } answer ? answer : Unreadable(site);
        }
        catch (JsonException)
        {
            return Unreadable(site);
        }
    }

    private async Task<Result<ReadOnlyMemory<byte>>> SendAsync(Site site, HttpMethod method, string path, byte[]? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, new Uri(new Uri(site.Url.AbsoluteUri.TrimEnd('/') + "/"), path));
        if (site.Token is { } token)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        if (body is not null)
        {
            request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        }

        var sent = await http.SendAsync(request, new SourceHttpOptions { TrustedOrigins = [site.Url], FollowRedirects = false, AcceptAnyStatus = true, OverallTimeout = Patience }, cancellationToken);
        if (!sent.TryGet(out var answer, out var error))
        {
            return error;
        }

        using (answer)
        {
            try
            {
                await using var stream = await answer.Message.Content.ReadAsStreamAsync(cancellationToken);
                if (!(await BoundedBody.ReadAsync(stream, SyncLimits.MostBodyBytes, cancellationToken)).TryGet(out var bytes, out error))
                {
                    return error with { Message = $"The site {site.Name} answers with more than is allowed." };
                }

                board.Update(site.Name, standing => standing with { BytesReceived = standing.BytesReceived + bytes.Length, BytesSent = standing.BytesSent + (body?.Length ?? 0) });
                await SlowDownAsync(site, bytes.Length + (body?.Length ?? 0), cancellationToken);
                return (int)answer.Message.StatusCode switch
                {
                    200 => bytes,
                    401 => new PlatformError(ErrorCode.AccessDenied, $"The site {site.Name} does not take this site's token. Both sides must be given the same one."),
                    403 => new PlatformError(ErrorCode.AccessDenied, $"The site {site.Name} does not know this site. Add it there."),
                    409 => new PlatformError(ErrorCode.InvalidState, $"The site {site.Name} takes nothing from this site: this site's clock is too far ahead of its."),
                    413 => new PlatformError(ErrorCode.FileTooLarge, $"The site {site.Name} finds the changes too long."),
                    429 or >= 500 => new PlatformError(ErrorCode.SourceServerError, $"The site {site.Name} answers {(int)answer.Message.StatusCode}."),
                    _ => new PlatformError(ErrorCode.IntegrityFailed, $"The site {site.Name} answers {(int)answer.Message.StatusCode}: it may not be a ModelPlatform."),
                };
            }
            catch (Exception exception) when (exception is IOException or HttpRequestException or PlatformException)
            {
                return new PlatformError(ErrorCode.DownloadIncomplete, $"The site {site.Name} broke off its answer.");
            }
        }
    }

    private async Task SlowDownAsync(Site site, long bytes, CancellationToken cancellationToken)
    {
        if (site.BytesPerSecond is > 0 and var most)
        {
            await Task.Delay(TimeSpan.FromSeconds(Math.Min(60, (double)bytes / most)), time, cancellationToken);
        }
    }

    private static byte[] Body<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.SerializeToUtf8Bytes(value, type);

    private static PlatformError Unreadable(Site site) => new(ErrorCode.IntegrityFailed, $"The site {site.Name} does not answer as a ModelPlatform does.");
}
