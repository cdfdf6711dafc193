using System.Text.RegularExpressions;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Http;

/// <summary>SHA-256 of the whole file where an answer, or a redirect on the way to it, states one.</summary>
/// <remarks><c>Repr-Digest</c> (RFC 9530) and <c>Digest</c> (RFC 3230) speak of the whole file even on a partial answer; <c>Content-Digest</c> does not, and is not read.</remarks>
internal static partial class DigestHeaders
{
    public static string? Sha256Of(SourceHttpResponse answer)
    {
        var linked = answer.Hops.Select(hop => hop.Headers.GetValueOrDefault("X-Linked-Etag")).Append(Header(answer, "X-Linked-Etag"))
            .Select(value => LinkedEtag().Match(value ?? string.Empty)).FirstOrDefault(match => match.Success);
        return linked?.Groups[1].Value
            ?? Decode(ReprDigest().Match(Header(answer, "Repr-Digest") ?? string.Empty))
            ?? Decode(Digest().Match(Header(answer, "Digest") ?? string.Empty));
    }

    private static string? Decode(Match match)
    {
        Span<byte> hash = stackalloc byte[33];
        return match.Success && Convert.TryFromBase64String(match.Groups[1].Value, hash, out var length) && length == 32 ? Convert.ToHexStringLower(hash[..32]) : null;
    }

    private static string? Header(SourceHttpResponse answer, string name) =>
        answer.Message.Headers.NonValidated.TryGetValues(name, out var values) || answer.Message.Content.Headers.NonValidated.TryGetValues(name, out values) ? values.ToString() : null;

    [GeneratedRegex(@"^(?:W/)?""?([0-9a-f]{64})""?\z")]
    private static partial Regex LinkedEtag();

    [GeneratedRegex(@"(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):", RegexOptions.IgnoreCase)]
    private static partial Regex ReprDigest();

    [GeneratedRegex(@"(?:^|,)\s*sha-256=([A-Za-z0-9+/]{43}=)", RegexOptions.IgnoreCase)]
    private static partial Regex Digest();
}
