namespace ModelPlatform.Sources;

/// <summary>Outgoing HTTP under the platform's rules.</summary>
/// <remarks>
/// Only http and https, no user information in the URL; every address a name resolves to must be globally routable and the connection goes to the checked
/// address, unless the operator configured the exact origin. Redirects are followed here, at most 5, each checked anew, with credentials dropped on another
/// origin and https to http refused. Waits that a host asked for (<c>Retry-After</c>, <c>RateLimit</c>) are kept for all processes.
/// </remarks>
public abstract class SourceHttp
{
    /// <summary>Sends a request and returns once the headers are there.</summary>
    /// <param name="request">With an absolute URL. It is sent again, with the same headers, to where a redirect points.</param>
    /// <param name="options">What is special about it.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>
    /// Any answer with a 2xx status, 304 or 416, and others only with <see cref="SourceHttpOptions.AcceptAnyStatus"/>.
    /// Otherwise the failure: <see cref="ErrorCode.SecurityViolation"/>, <see cref="ErrorCode.ModelNotFound"/> (404, 410, 451),
    /// <see cref="ErrorCode.AccessDenied"/> (401, 403), <see cref="ErrorCode.RateLimited"/> (429), <see cref="ErrorCode.SourceServerError"/> (5xx),
    /// <see cref="ErrorCode.ConnectionFailed"/> or <see cref="ErrorCode.NetworkTimeout"/>.
    /// </returns>
    public abstract ValueTask<Result<SourceHttpResponse>> SendAsync(HttpRequestMessage request, SourceHttpOptions options, CancellationToken cancellationToken);
}
