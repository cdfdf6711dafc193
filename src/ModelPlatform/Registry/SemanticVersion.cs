using System.Globalization;
using System.Text.RegularExpressions;

namespace ModelPlatform.Registry;

/// <summary>A version in the order of semver 2.0.0. A leading <c>v</c> and missing minor or patch numbers are allowed: <c>v2</c> is 2.0.0.</summary>
internal readonly partial record struct SemanticVersion(long Major, long Minor, long Patch, string Prerelease) : IComparable<SemanticVersion>
{
    /// <summary>Reads a version.</summary>
    public static bool TryParse(string text, out SemanticVersion version)
    {
        version = default;
        var match = Pattern().Match(text);
        if (!match.Success)
        {
            return false;
        }

        version = new SemanticVersion(Number(match.Groups[1]), Number(match.Groups[2]), Number(match.Groups[3]), match.Groups[4].Value);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(SemanticVersion other)
    {
        var numbers = (Major, Minor, Patch).CompareTo((other.Major, other.Minor, other.Patch));
        return numbers != 0 ? numbers : ComparePrereleases(Prerelease, other.Prerelease);
    }

    private static int ComparePrereleases(string left, string right)
    {
        if (left.Length == 0 || right.Length == 0)
        {
            return (left.Length == 0).CompareTo(right.Length == 0);
        }

        var (mine, theirs) = (left.Split('.'), right.Split('.'));
        for (var i = 0; i < Math.Min(mine.Length, theirs.Length); i++)
        {
            var (isNumber, otherIsNumber) = (mine[i].All(char.IsAsciiDigit), theirs[i].All(char.IsAsciiDigit));
            var order = isNumber && otherIsNumber ? CompareDigits(mine[i], theirs[i])
                : isNumber != otherIsNumber ? otherIsNumber.CompareTo(isNumber)
                : string.CompareOrdinal(mine[i], theirs[i]);
            if (order != 0)
            {
                return order;
            }
        }

        return mine.Length.CompareTo(theirs.Length);
    }

    private static int CompareDigits(string left, string right)
    {
        var (mine, theirs) = (left.TrimStart('0'), right.TrimStart('0'));
        return mine.Length != theirs.Length ? mine.Length.CompareTo(theirs.Length) : string.CompareOrdinal(mine, theirs);
    }

    private static long Number(Group group) => group.Success ? long.Parse(group.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"\Av?([0-9]{1,18})(?:\.([0-9]{1,18}))?(?:\.([0-9]{1,18}))?(?:-([0-9A-Za-z.-]+))?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
