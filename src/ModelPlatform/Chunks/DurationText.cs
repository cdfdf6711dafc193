using System.Text.RegularExpressions;

namespace ModelPlatform.Chunks;

/// <summary>.NET reads <c>24:00:00</c> as 24 days. A setting that says so is refused rather than misread.</summary>
internal static partial class DurationText
{
    /// <summary>Whether a setting is absent or written <c>[d.]hh:mm:ss</c> with hours up to 23.</summary>
    public static bool IsClear(string? text) => string.IsNullOrEmpty(text) || Pattern().IsMatch(text);

    [GeneratedRegex(@"\A(\d{1,5}\.)?([01]?\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,7})?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
