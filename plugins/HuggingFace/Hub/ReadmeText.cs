using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace ModelPlatform.Plugins.HuggingFace.Hub;

/// <summary>Finds the sentence that describes a model in its README.</summary>
internal static partial class ReadmeText
{
    private const int Longest = 500;

    /// <summary>The first paragraph of prose: no front matter, heading, table, list, code, picture or HTML; null where there is none.</summary>
    public static string? FirstParagraph(string markdown)
    {
        var text = new StringBuilder();
        var inCode = false;
        foreach (var line in SkipFrontMatter(markdown.TrimStart('\ufeff')).Split('\n').Select(line => line.Trim()))
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                inCode = !inCode;
            }

            if (!inCode && IsProse(line) && Clean(line) is { Length: > 0 } prose)
            {
                text.Append(text.Length > 0 ? " " : "").Append(prose);
            }
            else if (text.Length > 0)
            {
                break;
            }
        }

        return text.Length == 0 ? null : text.Length <= Longest ? text.ToString() : string.Concat(text.ToString(0, Longest - 1).TrimEnd(), "…");
    }

    private static string SkipFrontMatter(string markdown)
    {
        if (!markdown.StartsWith("---", StringComparison.Ordinal))
        {
            return markdown;
        }

        var end = markdown.IndexOf("\n---", 3, StringComparison.Ordinal);
        return end < 0 ? string.Empty : markdown[(end + 4)..];
    }

    private static bool IsProse(string line) => line.Length > 0 && line[0] is not ('#' or '|' or '>' or '<' or '-' or '=' or '`') && !line.StartsWith("* ", StringComparison.Ordinal)
        && !line.StartsWith("![", StringComparison.Ordinal) && !line.StartsWith("[![", StringComparison.Ordinal);

    private static string Clean(string line)
    {
        var plain = Link().Replace(Picture().Replace(line, ""), "$1");
        plain = Tag().Replace(plain, "").Replace("**", "", StringComparison.Ordinal).Replace("`", "", StringComparison.Ordinal);
        return string.Concat(plain.Where(c => char.GetUnicodeCategory(c) is not (UnicodeCategory.Control or UnicodeCategory.Format))).Trim();
    }

    [GeneratedRegex(@"!\[[^\]]*\]\([^)]*\)", RegexOptions.NonBacktracking)]
    private static partial Regex Picture();

    [GeneratedRegex(@"\[([^\]]*)\]\([^)]*\)", RegexOptions.NonBacktracking)]
    private static partial Regex Link();

    [GeneratedRegex("<[^>]*>", RegexOptions.NonBacktracking)]
    private static partial Regex Tag();
}
