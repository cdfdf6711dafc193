using System.Collections.Frozen;
using System.Net;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Outbound;

/// <summary>The one way out of the platform for URLs it did not make up itself: plugins, webhooks, URLs inside manifests.</summary>
internal sealed partial class OutboundHttp : SourceHttp, IDisposable
{
    private static readonly FrozenSet<string> Credentials = new[] { "Authorization", "Cookie", "Proxy-Authorization", "X-Model-Fetch-Token" }
        .ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private readonly OutboundOptions options;
    private readonly HashSet<Origin> allowed;
    private readonly IHostWaits waits;
    private readonly TimeProvider time;
    private readonly ILogger<OutboundHttp> logger;
    private readonly HttpMessageInvoker guarded;
    private readonly HttpMessageInvoker trusted;

    public OutboundHttp(IOptions<OutboundOptions> options, IHostWaits waits, TimeProvider time, ILogger<OutboundHttp> logger)
        : this(options.Value, waits, time, logger, Dns.GetHostAddressesAsync)
    {
    }

    internal OutboundHttp(OutboundOptions options, IHostWaits waits, TimeProvider time, ILogger<OutboundHttp> logger, Func<string, CancellationToken, Task<IPAddress[]>> resolve)
    {
        (this.options, this.waits, this.time, this.logger) = (options, waits, time, logger);
        allowed = [.. options.AllowedOrigins.Select(text => Origin.TryParse(text, out var origin) ? origin.Value : throw new ArgumentException($"Not an origin: {text}", nameof(options)))];
        guarded = Pool(new CheckedConnector(resolve, checkAddresses: true));
        trusted = Pool(new CheckedConnector(resolve, checkAddresses: false));
    }

    public override async ValueTask<Result<SourceHttpResponse>> SendAsync(HttpRequestMessage request, SourceHttpOptions options, CancellationToken cancellationToken)
    {
        if (request.RequestUri is not { IsAbsoluteUri: true } first)
        {
            return new PlatformError(ErrorCode.SecurityViolation, "The URL is not absolute. Give one that begins with https:// or http://.");
        }

        var started = time.GetTimestamp();
        var hops = new List<SourceHttpHop>();
        var message = Copy(request, first, request.Method, request.Content, withCredentials: true);
        var keepsCredentials = true;
        while (true)
        {
            var hop = new Hop(first, hops.Count);
            var (answer, failure) = await SendOnceAsync(message, hop, options, started, cancellationToken);
            if (failure is not null)
            {
                return failure;
            }

            if (!options.FollowRedirects || !IsRedirect(answer!.StatusCode))
            {
                return await ConcludeAsync(answer!, hop, hops, options, cancellationToken);
            }

            using (answer)
            {
                if (NextHop(message.RequestUri!, answer, hop).TryGet(out var next, out var refusal))
                {
                    hops.Add(new SourceHttpHop(message.RequestUri!, (int)answer.StatusCode, Flatten(answer)));
                    keepsCredentials &= Origin.Of(next) == Origin.Of(message.RequestUri!);
                    var keepsMethod = answer.StatusCode is HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect
                        || message.Method == HttpMethod.Get || message.Method == HttpMethod.Head;
                    message = Copy(request, next, keepsMethod ? message.Method : HttpMethod.Get, keepsMethod ? message.Content : null, keepsCredentials);
                }
                else
                {
                    return refusal;
                }
            }
        }
    }

    public void Dispose()
    {
        guarded.Dispose();
        trusted.Dispose();
    }

    private async ValueTask<(HttpResponseMessage? Answer, PlatformError? Failure)> SendOnceAsync(
        HttpRequestMessage message, Hop hop, SourceHttpOptions special, long started, CancellationToken cancellationToken)
    {
        var uri = message.RequestUri!;
        if (Refuse(uri) is { } reason)
        {
            return (null, hop.Fail(ErrorCode.SecurityViolation, reason));
        }

        var origin = Origin.Of(uri);
        if (await waits.GetAsync(HostOf(uri), cancellationToken) is { } wait)
        {
            return (null, hop.Fail(ErrorCode.RateLimited, $"the host asked to be left alone for another {Math.Ceiling(wait.TotalSeconds):0} s") with { RetryAfter = wait });
        }

        var isTrusted = allowed.Contains(origin) || special.TrustedOrigins.Any(known => Origin.Of(known) == origin);
        var guard = new BodyGuard(hop.ToString(), time, options, special.OverallTimeout, started);
        var limit = guard.Remaining();
        if (limit <= TimeSpan.Zero)
        {
            return (null, guard.TimedOut());
        }

        using var timer = new CancellationTokenSource(limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            var answer = await (isTrusted ? trusted : guarded).SendAsync(message, both.Token);
            answer.Content = new GuardedContent(answer.Content, guard);
            return (answer, null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, timer.IsCancellationRequested
                ? hop.Fail(ErrorCode.NetworkTimeout, $"no answer within {limit.TotalSeconds:0.#} s")
                : hop.Fail(ErrorCode.NetworkTimeout, $"no connection within {options.ConnectTimeout.TotalSeconds:0.#} s"));
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OutboundRefusedException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var failure = Explain(exception, hop);
            if (failure.Code == ErrorCode.SecurityViolation)
            {
                LogRefused(hop.ToString(), failure.Message);
            }

            return (null, failure);
        }
    }

    private async ValueTask<Result<SourceHttpResponse>> ConcludeAsync(
        HttpResponseMessage answer, Hop hop, List<SourceHttpHop> hops, SourceHttpOptions special, CancellationToken cancellationToken)
    {
        var status = (int)answer.StatusCode;
        var isRefusal = status is 429 or 503;
        var wait = isRefusal ? RetryAdvice.OfRefusal(answer.Headers, time.GetUtcNow()) : RetryAdvice.OfExhaustedLimit(answer.Headers);
        wait ??= status == 429 ? RetryAdvice.Default : null;
        if (wait is { } asked)
        {
            await waits.KeepAsync(HostOf(answer.RequestMessage!.RequestUri!), asked, cancellationToken);
        }

        if (special.AcceptAnyStatus || status is (>= 200 and < 300) or 304 or 416 || (!special.FollowRedirects && IsRedirect(answer.StatusCode)))
        {
            return new SourceHttpResponse(answer, hops) { RetryAfter = isRefusal ? wait : null };
        }

        answer.Dispose();
        return StatusFailure(status, hop) with { RetryAfter = isRefusal ? wait : null };
    }

    private static PlatformError StatusFailure(int status, Hop hop) => status switch
    {
        404 or 410 => hop.Fail(ErrorCode.ModelNotFound, $"the host answers {status}: there is nothing under this address; check the spelling"),
        451 => hop.Fail(ErrorCode.ModelNotFound, "the host answers 451: withheld for legal reasons"),
        401 => hop.Fail(ErrorCode.AccessDenied, "the host answers 401: it wants credentials; configure a token for this source"),
        403 => hop.Fail(ErrorCode.AccessDenied, "the host answers 403: these credentials, or none, do not open it; ask its owner for access"),
        408 => hop.Fail(ErrorCode.NetworkTimeout, "the host answers 408: it waited too long for the request"),
        412 => hop.Fail(ErrorCode.PreconditionFailed, "the host answers 412: what it holds has changed"),
        429 => hop.Fail(ErrorCode.RateLimited, "the host answers 429: too many requests"),
        >= 500 => hop.Fail(ErrorCode.SourceServerError, $"the host answers {status}"),
        _ => hop.Fail(ErrorCode.InvalidRequest, $"the host answers {status} to this request"),
    };

    private static PlatformError Explain(Exception exception, Hop hop)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException!)
        {
            switch (cause)
            {
                case OutboundRefusedException refused:
                    return hop.Fail(refused.Error.Code, refused.Error.Message);
                case AuthenticationException or HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError }:
                    return hop.Fail(ErrorCode.ConnectionFailed, "the TLS handshake failed: no TLS is spoken there, or its certificate is not valid for this name, or not trusted by this machine");
                case HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded or HttpRequestError.HttpProtocolError }:
                    return hop.Fail(ErrorCode.ConnectionFailed, "the host does not answer in valid HTTP");
            }
        }

        return hop.Fail(ErrorCode.ConnectionFailed, "the connection broke before an answer came");
    }

    internal Result<Uri> NextHop(Uri from, HttpResponseMessage answer, Hop hop)
    {
        if (hop.Number >= options.MaxRedirects)
        {
            return hop.Fail(ErrorCode.SecurityViolation, $"more than {options.MaxRedirects} redirects");
        }

        var location = answer.Headers.NonValidated.TryGetValues("Location", out var values) ? values.ToString() : null;
        if (!Uri.TryCreate(from, location, out var next) || location is null)
        {
            return hop.Fail(ErrorCode.SourceServerError, $"the host answers {(int)answer.StatusCode} without a usable Location");
        }

        return Refuse(next) is { } reason ? hop.Next.Fail(ErrorCode.SecurityViolation, reason)
            : from.Scheme == "https" && next.Scheme == "http" ? hop.Next.Fail(ErrorCode.SecurityViolation, "a redirect from https to http is not followed")
            : next;
    }

    /// <summary>Why a URL is refused by its look alone; null where it is not. Addresses are judged when a connection is made.</summary>
    internal static string? Refuse(Uri uri) =>
        uri.Scheme is not ("http" or "https") ? "only http and https URLs are fetched"
        : uri.UserInfo.Length > 0 || uri.OriginalString.Trim().Split('/', '\\', '?', '#').Take(3).Any(part => part.Contains('@')) ? "a URL with user information (name@host) is not fetched; configure credentials instead"
        : uri.Host.Length == 0 ? "the URL names no host"
        : null;

    private static bool IsRedirect(HttpStatusCode status) => (int)status is 301 or 302 or 303 or 307 or 308;

    private static string HostOf(Uri uri) => uri.IsDefaultPort ? uri.IdnHost.ToLowerInvariant() : $"{uri.IdnHost.ToLowerInvariant()}:{uri.Port}";

    private static Dictionary<string, string> Flatten(HttpResponseMessage answer) =>
        answer.Headers.NonValidated.Concat(answer.Content.Headers.NonValidated)
            .GroupBy(header => header.Key, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(group => group.Key, group => string.Join(", ", group.SelectMany(header => header.Value)), StringComparer.OrdinalIgnoreCase);

    private static HttpRequestMessage Copy(HttpRequestMessage request, Uri uri, HttpMethod method, HttpContent? content, bool withCredentials)
    {
        var copy = new HttpRequestMessage(method, uri) { Content = content, Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        foreach (var (name, values) in request.Headers.NonValidated)
        {
            if ((withCredentials || !Credentials.Contains(name)) && !name.Equals("Host", StringComparison.OrdinalIgnoreCase) && !name.Equals("Accept-Encoding", StringComparison.OrdinalIgnoreCase))
            {
                copy.Headers.TryAddWithoutValidation(name, values);
            }
        }

        // Nothing is ever decoded here: what is hashed is what was sent, and a bomb stays small.
        copy.Headers.TryAddWithoutValidation("Accept-Encoding", "identity");
        if (!copy.Headers.NonValidated.Contains("User-Agent"))
        {
            copy.Headers.TryAddWithoutValidation("User-Agent", "ModelPlatform/1.0");
        }

        return copy;
    }

    private HttpMessageInvoker Pool(CheckedConnector connector) => new(new SocketsHttpHandler
    {
        ConnectCallback = connector.ConnectAsync,
        ConnectTimeout = options.ConnectTimeout,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        UseProxy = false,
        PreAuthenticate = false,
        ActivityHeadersPropagator = null,
        MaxConnectionsPerServer = options.MaxConnectionsPerHost,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
    });

    /// <summary>Names a hop without a word the target chose: the origin the caller gave, and how many redirects away.</summary>
    internal readonly record struct Hop(Uri First, int Number)
    {
        public Hop Next => this with { Number = Number + 1 };

        public PlatformError Fail(ErrorCode code, string what) => new(code, $"{this}: {what}.");

        public override string ToString()
        {
            var start = First.Scheme is "http" or "https" ? Origin.Of(First).ToString() : "The URL";
            return Number == 0 ? start : $"{start}, redirect {Number}";
        }
    }
}
