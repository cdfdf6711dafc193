using ModelPlatform.Registry;

namespace ModelPlatform.Api.Routing;

/// <summary>Finds the model id in a path and makes one segment of it, so that a route template needs only <c>{id}</c>.</summary>
internal static class ModelPath
{
    private static readonly (string First, string Second)[] Prefixes = [("v1", "models"), ("v2", "models"), ("v2", "manifests")];

    /// <summary>Joins <c>org</c> and <c>name:v1</c> behind one of the prefixes, in place.</summary>
    public static void JoinId(List<string> segments)
    {
        if (segments.Count > 3 && Prefixes.Any(prefix => Is(segments[0], prefix.First) && Is(segments[1], prefix.Second)) && HasTwoSegments(segments[2], segments[3]))
        {
            segments[2] = $"{segments[2]}/{segments[3]}";
            segments.RemoveAt(3);
        }
    }

    /// <summary>
    /// A name ends where a version or an alias begins, where its slash was encoded, and before a sub-resource; a version may still follow a second segment
    /// that is spelled like a sub-resource, but such a name is not valid anyway.
    /// </summary>
    private static bool HasTwoSegments(string first, string second) =>
        first.Length > 0 && second.Length > 0 && first.AsSpan().IndexOfAny('/', ':', '@') < 0 && !ModelId.IsSubResource(second);

    private static bool Is(string segment, string word) => string.Equals(segment, word, StringComparison.OrdinalIgnoreCase);
}
