using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.HuggingFace;

/// <summary>Where the Hub is and who asks.</summary>
/// <param name="Endpoint">Scheme, host, port and perhaps a path prefix, without a trailing slash.</param>
/// <param name="Token">Sent to the endpoint's origin only; null where none is set.</param>
internal sealed record HuggingFaceOptions(Uri Endpoint, string? Token)
{
    private const string PublicHub = "https://huggingface.co";

    /// <summary>The prefix of every path, without a trailing slash: empty, or for example <c>/hf</c>.</summary>
    public string Prefix => Endpoint.AbsolutePath.TrimEnd('/');

    /// <summary>Scheme, host and port.</summary>
    public string Origin => Endpoint.GetLeftPart(UriPartial.Authority);

    public static Result<HuggingFaceOptions> Read(SourceContext context)
    {
        foreach (var key in context.Settings.Keys)
        {
            if (!key.Equals("Endpoint", StringComparison.OrdinalIgnoreCase) && !key.Equals("Token", StringComparison.OrdinalIgnoreCase))
            {
                return Invalid($"Sources:HuggingFace:{key} is not a setting. Known are Endpoint and Token.");
            }
        }

        var (name, text) = Setting(context, "Endpoint") is { } configured ? ("Sources:HuggingFace:Endpoint", configured)
            : Environment(context, "HF_ENDPOINT") is { } environment ? ("HF_ENDPOINT", environment)
            : ("the default", PublicHub);
        if (!Uri.TryCreate(text.TrimEnd('/'), UriKind.Absolute, out var endpoint) || endpoint.Scheme is not ("http" or "https")
            || endpoint.UserInfo.Length > 0 || endpoint.Query.Length > 0 || endpoint.Fragment.Length > 0)
        {
            return Invalid($"{name} must be an http or https URL without user information, query or fragment, for example {PublicHub}.");
        }

        if (OwnAddresses(context).Any(own => IsSamePlace(own, endpoint)))
        {
            return Invalid($"{name} is this platform's own address: it would fetch from itself. Point it at another Hub, or remove it.");
        }

        var token = Setting(context, "Token") ?? Environment(context, "HF_TOKEN") ?? Environment(context, "HUGGING_FACE_HUB_TOKEN");
        if (token is not null && token.Any(c => c is <= ' ' or > '~'))
        {
            return Invalid("The Hugging Face token (HF_TOKEN) holds characters no token has.");
        }

        return new HuggingFaceOptions(endpoint, token);
    }

    // Any of these may be absent: a process knows what it was told. The API's default address is fixed.
    private static IEnumerable<Uri> OwnAddresses(SourceContext context)
    {
        var port = Environment(context, "MODELPLATFORM_API_PORT") ?? "5100";
        string?[] texts =
        [
            Environment(context, "PublicUrl"), Environment(context, "services__api__http__0"), $"http://localhost:{port}",
            .. Environment(context, "ASPNETCORE_URLS")?.Split(';') ?? [],
        ];
        foreach (var text in texts)
        {
            if (Uri.TryCreate(text?.Replace("//+", "//localhost", StringComparison.Ordinal).Replace("//*", "//localhost", StringComparison.Ordinal), UriKind.Absolute, out var uri))
            {
                yield return uri;
            }
        }
    }

    private static bool IsSamePlace(Uri one, Uri other) =>
        one.Port == other.Port && (one.IdnHost.Equals(other.IdnHost, StringComparison.OrdinalIgnoreCase) || (IsThisMachine(one) && IsThisMachine(other)));

    private static bool IsThisMachine(Uri uri) => uri.IsLoopback || uri.Host is "0.0.0.0" or "[::]";

    private static string? Setting(SourceContext context, string key) => context.Settings.TryGetValue(key, out var value) && value.Trim() is { Length: > 0 } text ? text : null;

    private static string? Environment(SourceContext context, string name) => context.GetEnvironment(name)?.Trim() is { Length: > 0 } text ? text : null;

    private static PlatformError Invalid(string message) => new(ErrorCode.InvalidRequest, message);
}
