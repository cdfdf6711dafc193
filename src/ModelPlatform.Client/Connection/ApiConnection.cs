using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace ModelPlatform.Client.Connection;

/// <summary>One request, one answer: everything the resources have in common.</summary>
internal sealed class ApiConnection(HttpClient http, Uri address, string? token)
{
    public Task<ApiResult<T>> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Get, path, null, type, cancellationToken);

    public Task<ApiResult<T>> SendAsync<T, TBody>(HttpMethod method, string path, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, bodyType));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return SendAsync(method, path, content, type, cancellationToken);
    }

    public async Task<ApiResult<T>> SendAsync<T>(HttpMethod method, string path, HttpContent? content, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        var opened = await OpenAsync(method, path, content, null, cancellationToken);
        if (!opened.TryGet(out var response, out var problem))
        {
            return problem;
        }

        using (response)
        {
            try
            {
                var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
                if (body.Length == 0 && type is JsonTypeInfo<Acknowledgement>)
                {
                    return (T)(object)Acknowledgement.Empty;
                }

                return JsonSerializer.Deserialize(body, type) is { } value ? value : Unexpected(response.StatusCode, path);
            }
            catch (JsonException)
            {
                return Unexpected(response.StatusCode, path);
            }
            catch (Exception exception) when (IsTransport(exception, cancellationToken))
            {
                return Unreachable(exception);
            }
        }
    }

    /// <summary>Sends, and returns once the headers of a success are there; any other answer is read to its end as a problem.</summary>
    public Task<ApiResult<HttpResponseMessage>> OpenAsync(
        HttpMethod method, string path, HttpContent? content, Action<HttpRequestMessage>? configure, CancellationToken cancellationToken) =>
        OpenAsync(method, new Uri(address, path.TrimStart('/')), content, configure, cancellationToken);

    /// <summary>The same for any address. The token goes to the platform only.</summary>
    public async Task<ApiResult<HttpResponseMessage>> OpenAsync(
        HttpMethod method, Uri target, HttpContent? content, Action<HttpRequestMessage>? configure, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, target) { Content = content };
        if (token is not null && Uri.Compare(target, address, UriComponents.SchemeAndServer, UriFormat.Unescaped, StringComparison.OrdinalIgnoreCase) == 0)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        configure?.Invoke(request);
        HttpResponseMessage? response = null;
        try
        {
            response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (response.IsSuccessStatusCode)
            {
                return response;
            }

            var problem = await ReadProblemAsync(target, response, cancellationToken);
            response.Dispose();
            return problem;
        }
        catch (Exception exception) when (IsTransport(exception, cancellationToken))
        {
            response?.Dispose();
            return Unreachable(exception, target);
        }
    }

    private static async Task<ApiProblem> ReadProblemAsync(Uri target, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        try
        {
            if (JsonSerializer.Deserialize(body, ApiJson.Default.ProblemBody) is { } problem && (problem.Error ?? problem.Detail ?? problem.Title) is { } text)
            {
                return new ApiProblem
                {
                    Error = text,
                    Code = problem.Code ?? CodeOf(response.StatusCode),
                    Retryable = problem.Retryable ?? status >= 502,
                    Errors = problem.Errors,
                    RetryAfterSeconds = problem.RetryAfterSeconds ?? response.Headers.RetryAfter?.Delta?.TotalSeconds,
                    Status = status,
                    TraceId = problem.TraceId,
                };
            }
        }
        catch (JsonException)
        {
            // Not the platform's own words: a proxy, or a route that does not exist. The status still says enough.
        }

        return new ApiProblem { Error = $"{Server(target)} answered {status} {response.ReasonPhrase}.", Code = CodeOf(response.StatusCode), Retryable = status >= 502, Status = status };
    }

    private static string CodeOf(HttpStatusCode status) => status switch
    {
        HttpStatusCode.Unauthorized => ProblemCode.Unauthorized,
        HttpStatusCode.Forbidden => ProblemCode.Forbidden,
        HttpStatusCode.NotFound => ProblemCode.NotFound,
        HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented => ProblemCode.MethodNotAllowed,
        HttpStatusCode.RequestEntityTooLarge => ProblemCode.FileTooLarge,
        HttpStatusCode.RequestedRangeNotSatisfiable => ProblemCode.RangeNotSatisfiable,
        HttpStatusCode.TooManyRequests => ProblemCode.RateLimited,
        HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout => ProblemCode.Unreachable,
        >= HttpStatusCode.InternalServerError => ProblemCode.InternalError,
        _ => ProblemCode.InvalidRequest,
    };

    /// <summary>Everything that goes wrong below HTTP, resilience handlers' own rejections included; not what the caller asked to stop.</summary>
    internal static bool IsTransport(Exception exception, CancellationToken cancellationToken) =>
        !cancellationToken.IsCancellationRequested
        && (exception is HttpRequestException or IOException or OperationCanceledException || exception.GetType().Namespace is "Polly.Timeout" or "Polly.CircuitBreaker");

    private ApiProblem Unexpected(HttpStatusCode status, string path) => new()
    {
        Error = $"{address}{path.TrimStart('/').Split('?')[0]} gave an answer this client cannot read.",
        Code = ProblemCode.UnexpectedAnswer,
        Status = (int)status,
    };

    internal ApiProblem Unreachable(Exception exception, Uri? target = null) => new()
    {
        Error = exception is OperationCanceledException
            ? $"{Server(target ?? address)} did not answer in time."
            : $"{Server(target ?? address)} cannot be reached: {(exception.InnerException ?? exception).Message}",
        Code = ProblemCode.Unreachable,
        Retryable = true,
    };

    private static string Server(Uri target) => $"{target.GetLeftPart(UriPartial.Authority)}/";
}
