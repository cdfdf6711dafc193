using System.Text;

namespace ModelPlatform.Sources;

/// <summary>The one rule for a file's name in a model: what a source lists, a manifest names and a disk receives.</summary>
/// <remarks>
/// A path is relative with forward slashes, at most 1,024 bytes of UTF-8 with at most 255 in a segment. No segment may mean another place on any system:
/// dots (also percent-encoded), backslashes, colons, device names, a trailing dot or space, and characters that are not seen or turn the text around are refused.
/// </remarks>
public static class ArtifactPath
{
    private const int LongestPath = 1024;
    private const int LongestSegment = 255;

    /// <summary>Says why a path may not be used.</summary>
    /// <param name="path">The path as the other side gave it.</param>
    /// <returns>The reason, a part of a sentence without the path itself; null where the path is well.</returns>
    public static string? FindFault(string? path)
    {
        if (string.IsNullOrEmpty(path))
        {
            return "the path is empty";
        }

        if (path.Length > LongestPath || Encoding.UTF8.GetByteCount(path) > LongestPath)
        {
            return $"the path is longer than {LongestPath} bytes";
        }

        if (FindBadRune(path) is { } fault)
        {
            return fault;
        }

        if (path[0] == '/')
        {
            return "the path is absolute";
        }

        foreach (var range in path.AsSpan().Split('/'))
        {
            if (FindFaultOfSegment(path[range]) is { } reason)
            {
                return reason;
            }
        }

        return null;
    }

    private static string? FindFaultOfSegment(string segment)
    {
        if (segment.Length == 0)
        {
            return "the path has an empty segment";
        }

        if (Encoding.UTF8.GetByteCount(segment) > LongestSegment)
        {
            return $"a segment of the path is longer than {LongestSegment} bytes";
        }

        // Whoever decodes once more than was meant must not end up elsewhere.
        var decoded = segment;
        for (var round = 0; round < 3 && decoded.Contains('%'); round++)
        {
            decoded = Uri.UnescapeDataString(decoded);
        }

        if (decoded is "." or ".." || decoded.AsSpan().ContainsAny('/', '\\', '\0'))
        {
            return "the path leads out of the model's directory";
        }

        if (segment[^1] is '.' or ' ')
        {
            return "a segment of the path ends with a dot or a space";
        }

        return IsDevice(segment) ? "a segment of the path is the name of a device" : null;
    }

    private static string? FindBadRune(string path)
    {
        for (var at = 0; at < path.Length;)
        {
            if (!Rune.TryGetRuneAt(path, at, out var rune))
            {
                return "the path is not valid Unicode";
            }

            switch (rune.Value)
            {
                case '\\':
                    return "the path has a backslash";
                case ':':
                    return "the path has a colon";
                case < 0x20 or (>= 0x7f and < 0xa0):
                    return "the path has a control character";
                case 0x061c or (>= 0x200b and <= 0x200f) or (>= 0x2028 and <= 0x202e) or (>= 0x2060 and <= 0x206f) or 0xfeff or (>= 0xe0000 and <= 0xe007f):
                    return "the path has a character that is not seen or turns the text around";
            }

            at += rune.Utf16SequenceLength;
        }

        return null;
    }

    private static bool IsDevice(string segment)
    {
        var name = segment.AsSpan();
        var dot = name.IndexOf('.');
        name = (dot < 0 ? name : name[..dot]).TrimEnd(' ');
        return name.Length switch
        {
            3 => name.Equals("CON", StringComparison.OrdinalIgnoreCase) || name.Equals("PRN", StringComparison.OrdinalIgnoreCase)
                || name.Equals("AUX", StringComparison.OrdinalIgnoreCase) || name.Equals("NUL", StringComparison.OrdinalIgnoreCase),
            4 => name[3] is >= '1' and <= '9'
                && (name.StartsWith("COM", StringComparison.OrdinalIgnoreCase) || name.StartsWith("LPT", StringComparison.OrdinalIgnoreCase)),
            _ => false,
        };
    }
}
