using System.Net.Http.Headers;
using System.Text.Json;
using ModelPlatform.Registry;
using ModelPlatform.Runtimes;
using ModelPlatform.Sources;

namespace ModelPlatform.Api.Runtimes;

/// <summary>Speaks to the process in which models are loaded. That it is away, or ends in the middle, is an expected outcome.</summary>
internal sealed class ModelHostClient : IDisposable
{
    private const string Setting = "services:modelhost:http:0";

    private readonly HttpClient http;
    private readonly Uri? address;

    public ModelHostClient(IConfiguration configuration)
    {
        address = configuration[Setting] is { Length: > 0 } text ? new Uri(text.EndsWith('/') ? text : $"{text}/") : null;

        // No retries and no time limits here: the model host bounds each action itself, and an action must not be done twice.
        http = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(5) }) { Timeout = Timeout.InfiniteTimeSpan };
        if (configuration["MODEL_FETCH_TOKEN"] is { Length: > 0 } token)
        {
            http.DefaultRequestHeaders.Add("X-Model-Fetch-Token", token);
        }
    }

    /// <summary>Asks for something about a model.</summary>
    /// <returns>The model's record after it; ConnectionFailed where the model host is away.</returns>
    public async Task<Result<RuntimeRecord>> AskAsync(string action, ModelId id, LoadOrder? order, CancellationToken cancellationToken, string? flag = null)
    {
        var body = order is null ? null : new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(order, RuntimesJson.Default.LoadOrder));
        if (!(await SendAsync($"{action}{QueryString.Create("model", id.ToString())}{(flag is null ? string.Empty : $"&{flag}=true")}", body, cancellationToken)).TryGet(out var response, out var error))
        {
            return error;
        }

        using (response)
        {
            try
            {
                await using var content = await response.Content.ReadAsStreamAsync(cancellationToken);
                return await JsonSerializer.DeserializeAsync(content, RuntimesJson.Default.RuntimeRecord, cancellationToken) is { } record ? record : Away();
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException or JsonException)
            {
                return Away();
            }
        }
    }

    /// <summary>Sends an inference as it came.</summary>
    /// <returns>The answer, to be passed on and disposed.</returns>
    public Task<Result<HttpResponseMessage>> InferAsync(ModelId id, HttpRequest request, CancellationToken cancellationToken)
    {
        var query = QueryString.Create("model", id.ToString());
        foreach (var name in (string[])["name", "dtype", "shape"])
        {
            query = request.Query.TryGetValue(name, out var value) ? query.Add(name, value.ToString()) : query;
        }

        var body = new StreamContent(request.Body);
        body.Headers.ContentType = MediaTypeHeaderValue.TryParse(request.ContentType, out var type) ? type : null;
        body.Headers.ContentLength = request.ContentLength;
        return SendAsync($"infer{query}", body, cancellationToken);
    }

    public void Dispose() => http.Dispose();

    private async Task<Result<HttpResponseMessage>> SendAsync(string path, HttpContent? body, CancellationToken cancellationToken)
    {
        if (address is null)
        {
            return new PlatformError(ErrorCode.ConnectionFailed, $"This API has no model host: set {Setting.Replace(":", "__", StringComparison.Ordinal)} to its address.");
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, path)) { Content = body };
        try
        {
            var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (response.IsSuccessStatusCode)
            {
                return response;
            }

            using (response)
            {
                return await RefusalAsync(response, cancellationToken);
            }
        }
        catch (HttpRequestException exception) when (exception.InnerException is BadHttpRequestException bad)
        {
            throw bad;
        }
        catch (HttpRequestException)
        {
            return Away();
        }
    }

    private static async Task<PlatformError> RefusalAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if ((int)response.StatusCode is StatusCodes.Status413PayloadTooLarge)
        {
            return new PlatformError(ErrorCode.FileTooLarge, "The inputs are larger than Runtimes:MaxInputBytes.");
        }

        if ((int)response.StatusCode is StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden)
        {
            return new PlatformError(ErrorCode.ConnectionFailed, "The model host refuses this API: both need the same MODEL_FETCH_TOKEN.");
        }

        if ((int)response.StatusCode is not StatusCodes.Status422UnprocessableEntity)
        {
            return new PlatformError(ErrorCode.InternalError, $"The model host answered {(int)response.StatusCode}.");
        }

        try
        {
            await using var content = await response.Content.ReadAsStreamAsync(cancellationToken);
            return (await JsonSerializer.DeserializeAsync(content, RuntimesJson.Default.HostRefusal, cancellationToken))?.ToError() ?? Away();
        }
        catch (Exception exception) when (exception is JsonException or IOException or HttpRequestException)
        {
            return Away();
        }
    }

    private static PlatformError Away() =>
        new(ErrorCode.ConnectionFailed, "The model host does not answer: it ended, or is being started again. Models that were loaded are loaded again when it is back.") { RetryAfter = TimeSpan.FromSeconds(5) };
}
