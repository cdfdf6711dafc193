using System.Globalization;
using System.Text.RegularExpressions;

namespace ModelPlatform.Plugins;

/// <summary>A semantic version, ordered: which of two versions of a plugin supersedes the other.</summary>
internal readonly partial record struct PluginVersion(int Major, int Minor, int Patch, string PreRelease) : IComparable<PluginVersion>
{
    public static bool TryParse(string? text, out PluginVersion version)
    {
        var match = Pattern().Match(text ?? string.Empty);
        version = match.Success ? new(Number(match, 1), Number(match, 2), Number(match, 3), match.Groups[4].Value) : default;
        return match.Success;
    }

    public int CompareTo(PluginVersion other)
    {
        var order = (Major, Minor, Patch).CompareTo((other.Major, other.Minor, other.Patch));
        return order != 0 ? order : ComparePreReleases(PreRelease, other.PreRelease);
    }

    private static int ComparePreReleases(string left, string right)
    {
        if (left.Length == 0 || right.Length == 0)
        {
            return (left.Length == 0).CompareTo(right.Length == 0);
        }

        var (lefts, rights) = (left.Split('.'), right.Split('.'));
        for (var i = 0; i < Math.Min(lefts.Length, rights.Length); i++)
        {
            var (l, r) = (int.TryParse(lefts[i], NumberStyles.None, CultureInfo.InvariantCulture, out var a), int.TryParse(rights[i], NumberStyles.None, CultureInfo.InvariantCulture, out var b));
            var order = l && r ? a.CompareTo(b) : l != r ? (l ? -1 : 1) : string.CompareOrdinal(lefts[i], rights[i]);
            if (order != 0)
            {
                return order;
            }
        }

        return lefts.Length.CompareTo(rights.Length);
    }

    private static int Number(Match match, int group) => match.Groups[group].Success ? int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"^(\d{1,8})\.(\d{1,8})\.(\d{1,8})(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?\z")]
    private static partial Regex Pattern();
}
