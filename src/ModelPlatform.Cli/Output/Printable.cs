namespace ModelPlatform.Cli.Output;

/// <summary>Foreign text on a terminal: what would move the cursor or change its colours is shown, not obeyed.</summary>
internal static class Printable
{
    public static string Of(string? text) => text is null ? "" : string.Create(text.Length, text, (span, source) =>
    {
        for (var i = 0; i < source.Length; i++)
        {
            var c = source[i];
            span[i] = char.IsControl(c) && c != '\n' || c is >= '\u202A' and <= '\u202E' or >= '\u2066' and <= '\u2069' or '\u200E' or '\u200F' ? '\uFFFD' : c;
        }
    });
}
