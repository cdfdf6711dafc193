namespace ModelPlatform.Manifests;

/// <summary>The form of a record's path: at least two segments of <c>[A-Za-z0-9._~-]</c> joined by <c>/</c>, none of them dots alone; the first is the container.</summary>
internal static class RecordPath
{
    /// <summary>Splits a path into its container and the rest.</summary>
    /// <exception cref="ArgumentException">The platform made a path it must not make.</exception>
    public static (string Container, string Name) Split(string path)
    {
        var slash = path.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0 || slash == path.Length - 1 || path.Split('/').Any(segment => !IsSegment(segment)))
        {
            throw new ArgumentException($"'{path}' is not a record path.", nameof(path));
        }

        return (path[..slash], path[(slash + 1)..]);
    }

    /// <summary>Splits a prefix, whose last segment may be incomplete or empty.</summary>
    public static (string Container, string Prefix) SplitPrefix(string prefix)
    {
        var slash = prefix.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0 || prefix[..prefix.LastIndexOf('/')].Split('/').Any(segment => !IsSegment(segment)))
        {
            throw new ArgumentException($"'{prefix}' is not a prefix of record paths: it starts with a container and a slash.", nameof(prefix));
        }

        return (prefix[..slash], prefix[(slash + 1)..]);
    }

    private static bool IsSegment(string segment) =>
        segment.Length is > 0 and <= 255 && segment.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '~' or '=') && segment.Any(c => c != '.');
}
