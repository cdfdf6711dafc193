using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.HuggingFace.Hub;

/// <summary>Calls the Hub. Every call goes to the configured endpoint, with the token; redirects elsewhere lose it (the host sees to that).</summary>
internal sealed class HubClient(SourceHttp http, HuggingFaceOptions options)
{
    private const int LargestAnswer = 32 * 1024 * 1024;
    private static readonly TimeSpan MetadataTimeout = TimeSpan.FromSeconds(300);

    private readonly Uri[] trusted = [new(options.Origin)];

    public HuggingFaceOptions Options { get; } = options;

    /// <summary>Sends a GET to a path below the endpoint. Any status is an answer.</summary>
    /// <param name="pathAndQuery">Begins with a slash, escaped, without the endpoint's prefix.</param>
    /// <param name="range">Bytes wanted; null for all.</param>
    /// <param name="isBody">Whether a large body may follow, which only has to keep flowing.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public ValueTask<Result<SourceHttpResponse>> GetAsync(string pathAndQuery, SourceRange? range, bool isBody, CancellationToken cancellationToken) =>
        SendAsync(new Uri(Options.Origin + Options.Prefix + pathAndQuery), range, isBody, cancellationToken);

    /// <summary>Pins the revision to a commit.</summary>
    public async ValueTask<Result<HubRepository>> GetRepositoryAsync(HubReference reference, CancellationToken cancellationToken)
    {
        var path = $"/{reference.ApiPath}/revision/{Uri.EscapeDataString(reference.Revision)}";
        var result = await GetJsonAsync(new Uri(Options.Origin + Options.Prefix + path), HubJson.Default.HubRepository, reference, "the description", cancellationToken);
        if (!result.TryGet(out var answer, out var error))
        {
            return error;
        }

        return answer.Value.Sha is { Length: 40 } sha && sha.All(char.IsAsciiHexDigitLower)
            ? answer.Value
            : Broken(reference, "its description holds no 40-digit commit in `sha`, so nothing can be pinned");
    }

    /// <summary>Lists every file of a commit, page by page.</summary>
    public async ValueTask<Result<List<SourceFile>>> GetTreeAsync(HubReference reference, string commit, CancellationToken cancellationToken)
    {
        var listing = new HubListing(reference, commit, Options);
        var page = new Uri($"{Options.Origin}{Options.Prefix}/{reference.ApiPath}/tree/{commit}?recursive=true");
        while (true)
        {
            var result = await GetJsonAsync(page, HubJson.Default.ListHubTreeEntry, reference, "the file listing", cancellationToken);
            if (!result.TryGet(out var answer, out var error) || (error = listing.Add(answer.Value)) is not null)
            {
                return error;
            }

            if (!listing.NextPage(page, answer.Link).TryGet(out var next, out error))
            {
                return error;
            }

            if (next is null)
            {
                return listing.Files.Count == 0
                    ? new PlatformError(ErrorCode.ModelNotFound, $"The repository {reference.Id} at {Options.Origin} holds no file in revision '{reference.Revision}'.")
                    : listing.Files;
            }

            page = next;
        }
    }

    /// <summary>Reads the beginning of a small text of the repository, for its description only.</summary>
    /// <returns>At most <paramref name="limit"/> bytes; null where there is none to be had.</returns>
    public async ValueTask<byte[]?> TryReadSmallAsync(string locator, int limit, CancellationToken cancellationToken)
    {
        var result = await SendAsync(new Uri(Options.Origin + Options.Prefix + locator), new SourceRange(0, limit), isBody: false, cancellationToken);
        if (!result.TryGet(out var answer, out _))
        {
            return null;
        }

        using (answer)
        {
            if (answer.Message.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.PartialContent))
            {
                return null;
            }

            try
            {
                await using var body = await answer.Message.Content.ReadAsStreamAsync(cancellationToken);
                var buffer = new byte[limit];
                var length = await body.ReadAtLeastAsync(buffer, limit, throwOnEndOfStream: false, cancellationToken);
                return buffer[..length];
            }
            catch (Exception exception) when (exception is IOException or PlatformException)
            {
                return null;
            }
        }
    }

    private async ValueTask<Result<SourceHttpResponse>> SendAsync(Uri uri, SourceRange? range, bool isBody, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, uri);
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
        if (range is { } bytes)
        {
            request.Headers.TryAddWithoutValidation("Range", string.Create(CultureInfo.InvariantCulture,
                $"bytes={bytes.Offset}-{(bytes.Length is { } length ? bytes.Offset + length - 1 : null)}"));
        }

        if (Options.Token is { } token)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        return await http.SendAsync(request, new SourceHttpOptions
        {
            TrustedOrigins = trusted,
            AcceptAnyStatus = true,
            OverallTimeout = isBody ? null : MetadataTimeout,
        }, cancellationToken);
    }

    private async ValueTask<Result<(T Value, string? Link)>> GetJsonAsync<T>(
        Uri uri, JsonTypeInfo<T> type, HubReference reference, string what, CancellationToken cancellationToken)
    {
        var result = await SendAsync(uri, null, isBody: false, cancellationToken);
        if (!result.TryGet(out var answer, out var error))
        {
            return error;
        }

        using (answer)
        {
            if (answer.Message.StatusCode != HttpStatusCode.OK)
            {
                return HubFailure.Explain(answer, reference, what, Options);
            }

            try
            {
                await using var body = new CappedStream(await answer.Message.Content.ReadAsStreamAsync(cancellationToken), LargestAnswer);
                return await JsonSerializer.DeserializeAsync(body, type, cancellationToken) is { } value
                    ? (value, answer.Message.Headers.NonValidated.TryGetValues("Link", out var link) ? link.ToString() : null)
                    : Broken(reference, $"{what} is null");
            }
            catch (JsonException)
            {
                return Broken(reference, $"{what} is not the JSON the Hub answers; is the endpoint a Hub?");
            }
            catch (InvalidDataException)
            {
                return Broken(reference, $"{what} is larger than {LargestAnswer} bytes");
            }
            catch (PlatformException exception)
            {
                return exception.Error;
            }
            catch (IOException)
            {
                return new PlatformError(ErrorCode.ConnectionFailed, $"{Options.Origin}: the connection broke while {what} of {reference.Id} arrived.");
            }
        }
    }

    private PlatformError Broken(HubReference reference, string what) =>
        new(ErrorCode.SourceServerError, $"{Options.Origin} answers for {reference.Id}, but {what}.");
}
