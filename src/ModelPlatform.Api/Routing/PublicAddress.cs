using ModelPlatform.Registry;

namespace ModelPlatform.Api.Routing;

/// <summary>Makes absolute links to this registry: from <c>PublicUrl</c>, else from the request's host. Forwarded headers are never believed.</summary>
internal sealed class PublicAddress
{
    private readonly string? configured;

    public PublicAddress(IConfiguration configuration)
    {
        configured = configuration["PublicUrl"]?.TrimEnd('/');
        if (!string.IsNullOrEmpty(configured) &&
            !(Uri.TryCreate(configured, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.UserInfo.Length == 0 && url.Query.Length == 0))
        {
            throw new InvalidOperationException($"PublicUrl '{configured}' must be an absolute http or https URL without user information or query.");
        }
    }

    /// <summary>The API's address without a trailing slash.</summary>
    public string Of(HttpRequest request) => string.IsNullOrEmpty(configured) ? $"{request.Scheme}://{request.Host}" : configured;

    /// <summary>Where one file of a model is downloaded.</summary>
    public string OfArtifact(HttpRequest request, ModelId id, string path) =>
        $"{Of(request)}/v2/models/{id.Name}:{id.Version}/artifacts/{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}";
}
