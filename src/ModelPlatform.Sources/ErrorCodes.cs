using System.Collections.Frozen;

namespace ModelPlatform.Sources;

/// <summary>The wire name of each <see cref="ErrorCode"/>, and whether trying again can help.</summary>
public static class ErrorCodes
{
    private static readonly FrozenDictionary<ErrorCode, string> Names =
        Enum.GetValues<ErrorCode>().ToFrozenDictionary(code => code, code => ToUpperSnakeCase(code.ToString()));

    private static readonly FrozenDictionary<string, ErrorCode> Codes =
        Names.ToFrozenDictionary(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal);

    /// <summary>The code as it stands in JSON, for example <c>MODEL_NOT_FOUND</c>.</summary>
    public static string WireName(this ErrorCode code) => Names[code];

    /// <summary>Whether the same request may succeed later without anybody changing it.</summary>
    public static bool IsRetryable(this ErrorCode code) => code is
        ErrorCode.RateLimited or ErrorCode.ConnectionFailed or ErrorCode.DownloadIncomplete or
        ErrorCode.SourceServerError or ErrorCode.StorageFailed or ErrorCode.NetworkTimeout;

    /// <summary>Reads a wire name back.</summary>
    /// <returns>Whether <paramref name="wireName"/> is one of the known names.</returns>
    public static bool TryParse(string? wireName, out ErrorCode code) => Codes.TryGetValue(wireName ?? string.Empty, out code);

    private static string ToUpperSnakeCase(string name) =>
        string.Concat(name.Select((c, i) => i > 0 && char.IsUpper(c) ? "_" + c : char.ToUpperInvariant(c).ToString()));
}
