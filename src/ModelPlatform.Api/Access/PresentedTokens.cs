using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace ModelPlatform.Api.Access;

/// <summary>Reads the token in any of the ways it may be sent, and compares it in constant time.</summary>
internal static class PresentedTokens
{
    private const string Header = "X-Model-Fetch-Token";
    private const string Field = "token";
    private const string Scheme = "Bearer ";

    /// <summary>Every token a request presents. More than one is unusual, but a proxy may add an Authorization of its own.</summary>
    public static async ValueTask<IReadOnlyList<string>> ReadAsync(HttpContext context)
    {
        var request = context.Request;
        List<string> presented = [];
        foreach (var value in request.Headers.Authorization)
        {
            Add(presented, value?.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) is true ? value[Scheme.Length..] : value);
        }

        foreach (var value in request.Headers[Header])
        {
            Add(presented, value);
        }

        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        {
            Add(presented, context.Features.Get<QueryToken>()?.Value);
        }
        else if (HttpMethods.IsPost(request.Method) && request.HasJsonContentType() && presented.Count == 0)
        {
            Add(presented, await ReadBodyAsync(context));
        }

        return presented;
    }

    /// <summary>Compares without revealing, by the time it takes, where the texts differ or how long the secret is.</summary>
    public static bool Matches(string presented, string secret)
    {
        Span<byte> left = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> right = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(presented), left);
        SHA256.HashData(Encoding.UTF8.GetBytes(secret), right);
        return CryptographicOperations.FixedTimeEquals(left, right);
    }

    private static void Add(List<string> presented, string? token)
    {
        if (!string.IsNullOrWhiteSpace(token))
        {
            presented.Add(token.Trim());
        }
    }

    private static async ValueTask<string?> ReadBodyAsync(HttpContext context)
    {
        // In memory alone: a body that may hold the token is never spooled to a file.
        context.Request.EnableBuffering(bufferThreshold: 4 * 1024 * 1024);
        try
        {
            using var document = await JsonDocument.ParseAsync(context.Request.Body, new JsonDocumentOptions { MaxDepth = 32 }, context.RequestAborted);
            return document.RootElement.ValueKind is JsonValueKind.Object && document.RootElement.TryGetProperty(Field, out var token) && token.ValueKind is JsonValueKind.String
                ? token.GetString()
                : null;
        }
        catch (JsonException)
        {
            // Malformed JSON carries no token. Its sender is told so only after having shown one.
            return null;
        }
        finally
        {
            context.Request.Body.Position = 0;
        }
    }
}
