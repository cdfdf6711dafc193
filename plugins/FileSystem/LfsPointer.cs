using System.Text.RegularExpressions;

namespace ModelPlatform.Plugins.FileSystem;

/// <summary>Git LFS leaves a small text in a checkout in place of each large file that was not pulled.</summary>
internal static partial class LfsPointer
{
    private const int Longest = 1024;

    /// <summary>How large the file would be that this text stands for; null where it is a file itself.</summary>
    public static string? SizeIn(ConfinedFile file)
    {
        if (file.Facts.Size is <= 0 or > Longest)
        {
            return null;
        }

        Span<byte> bytes = stackalloc byte[Longest];
        var text = System.Text.Encoding.Latin1.GetString(bytes[..RandomAccess.Read(file.Handle, bytes, 0)]);
        return Pattern().Match(text) is { Success: true } match ? match.Groups[1].Value : null;
    }

    [GeneratedRegex(@"\Aversion https://(?:git-lfs\.github\.com|hawser\.github\.com)/spec/v1\r?\n(?:ext-[^\n]+\n)*oid sha256:[0-9a-f]{64}\r?\nsize ([0-9]{1,19})\r?\n?\z")]
    private static partial Regex Pattern();
}
