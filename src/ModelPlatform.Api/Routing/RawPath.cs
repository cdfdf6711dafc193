using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;

namespace ModelPlatform.Api.Routing;

/// <summary>The path of a request as it was sent, cut at its plain slashes, each segment percent-decoded exactly once.</summary>
internal static class RawPath
{
    /// <summary>Cuts and decodes the path of a request target in origin or absolute form.</summary>
    /// <returns>False where it is not a path, or a segment is not percent-encoded UTF-8.</returns>
    public static bool TryParse(string rawTarget, [NotNullWhen(true)] out List<string>? segments)
    {
        segments = null;
        var path = PathOf(rawTarget);
        if (path.IsEmpty)
        {
            return false;
        }

        List<string> decoded = [];
        foreach (var range in path[1..].Split('/'))
        {
            if (!TryDecode(path[1..][range], out var segment))
            {
                return false;
            }

            decoded.Add(segment);
        }

        segments = decoded;
        return true;
    }

    /// <summary>Whether a decoded segment tries to climb: a dot segment, also behind an encoded slash or a backslash.</summary>
    public static bool Climbs(string segment)
    {
        foreach (var range in segment.AsSpan().SplitAny('/', '\\'))
        {
            if (segment.AsSpan()[range] is "." or "..")
            {
                return true;
            }
        }

        return false;
    }

    private static ReadOnlySpan<char> PathOf(string rawTarget)
    {
        var target = rawTarget.AsSpan();
        var query = target.IndexOfAny('?', '#');
        target = query < 0 ? target : target[..query];
        if (target.StartsWith("/"))
        {
            return target;
        }

        var authority = target.IndexOf("://");
        if (authority < 0)
        {
            return default;
        }

        var slash = target[(authority + 3)..].IndexOf('/');
        return slash < 0 ? "/" : target[(authority + 3 + slash)..];
    }

    private static bool TryDecode(ReadOnlySpan<char> encoded, [NotNullWhen(true)] out string? decoded)
    {
        decoded = null;
        if (!encoded.Contains('%'))
        {
            decoded = encoded.ToString();
            return true;
        }

        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(encoded.Length)];
        var count = 0;
        for (var i = 0; i < encoded.Length; i++)
        {
            if (encoded[i] != '%')
            {
                count += Encoding.UTF8.GetBytes(encoded.Slice(i, 1), bytes.AsSpan(count));
                continue;
            }

            if (i + 2 >= encoded.Length || !char.IsAsciiHexDigit(encoded[i + 1]) || !char.IsAsciiHexDigit(encoded[i + 2]))
            {
                return false;
            }

            bytes[count++] = Convert.FromHexString(encoded.Slice(i + 1, 2))[0];
            i += 2;
        }

        if (!Utf8.IsValid(bytes.AsSpan(0, count)))
        {
            return false;
        }

        decoded = Encoding.UTF8.GetString(bytes, 0, count);
        return true;
    }
}
