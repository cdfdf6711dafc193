using System.Collections.Frozen;
using ModelPlatform.Registry;
using ModelPlatform.Sources;

namespace ModelPlatform.Jobs;

/// <summary>What can be said of a request without asking its source.</summary>
public static class FetchJobRules
{
    private const int LongestReference = 2_048;

    /// <summary>Frameworks a model can have. <c>other</c> counts only when somebody names it.</summary>
    public static readonly FrozenSet<string> Frameworks =
        new[] { "onnx", "tensorflow", "transformers", "ollama", "gguf", "safetensors", "pytorch", "other" }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Stages a model can be in.</summary>
    public static readonly FrozenSet<string> Stages = new[] { "development", "staging", "production" }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Checks a whole request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="activeSources">Sources that active plugins provide.</param>
    /// <returns>Why it is refused; null where nothing speaks against it.</returns>
    public static PlatformError? Check(FetchJobRequest request, IReadOnlyList<string> activeSources)
    {
        if (!ModelId.IsValidName(request.Model.Name) || !ModelId.IsValidVersion(request.Model.Version))
        {
            return new PlatformError(ErrorCode.InvalidRequest, $"'{request.Model}' is not a model name and version.");
        }

        if (request.Framework is { } framework && !Frameworks.Contains(framework))
        {
            return new PlatformError(ErrorCode.UnsupportedFramework, $"Framework '{framework}' is not supported. Known: {string.Join(", ", Frameworks.Order(StringComparer.Ordinal))}.");
        }

        return CheckReference(request.Source, request.SourceReference, activeSources)
            ?? request.Fallbacks.Select(fallback => CheckReference(fallback.Source, fallback.SourceReference, activeSources)).FirstOrDefault(error => error is not null)
            ?? (request.WebhookUrl is { } url ? CheckUrl("webhookUrl", url) : null);
    }

    /// <summary>Checks a source's name and a reference by its look: the source itself checks the rest.</summary>
    public static PlatformError? CheckReference(string source, string reference, IReadOnlyList<string> activeSources)
    {
        if (!activeSources.Contains(source, StringComparer.Ordinal))
        {
            return new PlatformError(ErrorCode.InvalidSource, $"Unknown source '{Printable(source)}'. Active sources: {string.Join(", ", activeSources)}.");
        }

        if (reference.Length > LongestReference)
        {
            return new PlatformError(ErrorCode.InvalidRequest, $"sourceReference is longer than {LongestReference} characters.");
        }

        if (reference.Any(char.IsControl))
        {
            return new PlatformError(ErrorCode.SecurityViolation, "sourceReference holds control characters.");
        }

        return source switch
        {
            "url" => CheckUrl("sourceReference", reference),
            "filesystem" => CheckPath(reference, []),
            "huggingface" => CheckPath(reference, ["https", "http", "hf"]),
            "ipfs" => CheckTraversal(reference),
            _ => CheckPath(reference, ["https", "http"]),
        };
    }

    private static PlatformError? CheckPath(string reference, ReadOnlySpan<string> schemes)
    {
        var scheme = reference.IndexOf("://", StringComparison.Ordinal);
        if (scheme >= 0)
        {
            return schemes.Contains(reference[..scheme].ToLowerInvariant())
                ? CheckTraversal(reference)
                : new PlatformError(ErrorCode.SecurityViolation, $"The scheme '{Printable(reference[..scheme])}' is not allowed here.");
        }

        var isAbsolute = reference is ['/' or '\\' or '~', ..] || (reference.Length >= 2 && reference[1] == ':' && char.IsAsciiLetter(reference[0]));
        return isAbsolute ? new PlatformError(ErrorCode.SecurityViolation, "An absolute path is not allowed: name the model relative to the source's root.") : CheckTraversal(reference);
    }

    private static PlatformError? CheckTraversal(string reference)
    {
        // Decoded until nothing changes, so that no encoding of dots and slashes gets by.
        var text = reference;
        for (var previous = string.Empty; text != previous;)
        {
            (previous, text) = (text, Uri.UnescapeDataString(text));
        }

        return text.Split('/', '\\').Any(segment => segment is "." or "..") || text.Contains('\0')
            ? new PlatformError(ErrorCode.SecurityViolation, "Path traversal is not allowed in sourceReference.")
            : null;
    }

    private static PlatformError? CheckUrl(string field, string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri))
        {
            return new PlatformError(ErrorCode.InvalidRequest, $"{field} is not an absolute URL.");
        }

        if (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps)
        {
            return new PlatformError(ErrorCode.SecurityViolation, $"The scheme '{Printable(uri.Scheme)}' is not allowed: only http and https are.");
        }

        return uri.UserInfo.Length > 0 ? new PlatformError(ErrorCode.SecurityViolation, $"{field} must not hold a user name or password.") : null;
    }

    private static string Printable(string text)
    {
        var clean = string.Concat(text.Where(c => !char.IsControl(c)));
        return clean.Length <= 64 ? clean : clean[..64] + "…";
    }
}
