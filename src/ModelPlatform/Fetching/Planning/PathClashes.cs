using System.Text;

namespace ModelPlatform.Fetching.Planning;

/// <summary>Finds paths that some file system holds to be one: equal but for case, or for whether a letter and its accent are written as one character or as two.</summary>
internal sealed class PathClashes
{
    private readonly HashSet<string> names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, bool> skeletons = new(StringComparer.Ordinal);

    /// <summary>Whether a path clashes with none so far.</summary>
    public bool TryAdd(string path)
    {
        // Without the tables of Unicode (globalization is invariant here) an accented letter is only known to be one: two names that have one at the same place, one of them decomposed, count as equal.
        var (skeleton, isDecomposed) = Skeleton(path.ToUpperInvariant());
        if (skeletons.TryGetValue(skeleton, out var other) && (isDecomposed || other))
        {
            return false;
        }

        skeletons[skeleton] = isDecomposed;
        return names.Add(path.ToUpperInvariant());
    }

    private static (string Skeleton, bool IsDecomposed) Skeleton(string path)
    {
        var skeleton = new StringBuilder();
        var isDecomposed = false;
        foreach (var c in path)
        {
            if (c is >= '\u0300' and <= '\u036f' && skeleton.Length > 0)
            {
                skeleton[^1] = '*';
                isDecomposed = true;
            }
            else
            {
                skeleton.Append(char.IsAscii(c) ? c : '*');
            }
        }

        return (skeleton.ToString(), isDecomposed);
    }
}
