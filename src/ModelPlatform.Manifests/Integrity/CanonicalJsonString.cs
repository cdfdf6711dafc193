using System.Buffers;

namespace ModelPlatform.Integrity;

/// <summary>Strings of canonical JSON: ASCII only.</summary>
internal static class CanonicalJsonString
{
    private static readonly char[] PlainCharacters = [.. Enumerable.Range(0x20, 0x7F - 0x20).Select(code => (char)code).Where(c => c is not ('"' or '\\'))];
    private static readonly SearchValues<char> Plain = SearchValues.Create(PlainCharacters);
    private static readonly SearchValues<byte> PlainBytes = SearchValues.Create([.. PlainCharacters.Select(c => (byte)c)]);

    /// <summary>Writes a string of JSON text, with its quotes, where that is its canonical form already, as hashes are.</summary>
    public static bool TryWriteAsItStands(ArrayBufferWriter<byte> output, ReadOnlySpan<byte> quoted)
    {
        if (quoted[1..^1].ContainsAnyExcept(PlainBytes))
        {
            return false;
        }

        output.Write(quoted);
        return true;
    }

    public static void Write(ArrayBufferWriter<byte> output, ReadOnlySpan<char> text)
    {
        output.Write("\""u8);
        while (!text.IsEmpty)
        {
            var plain = text.IndexOfAnyExcept(Plain);
            plain = plain < 0 ? text.Length : plain;
            var target = output.GetSpan(plain + 6);
            for (var i = 0; i < plain; i++)
            {
                target[i] = (byte)text[i];
            }

            output.Advance(plain);
            if (plain < text.Length)
            {
                Escape(output, text[plain++]);
            }

            text = text[plain..];
        }

        output.Write("\""u8);
    }

    private static void Escape(ArrayBufferWriter<byte> output, char c)
    {
        ReadOnlySpan<byte> brief = c switch
        {
            '"' => "\\\""u8,
            '\\' => "\\\\"u8,
            '\b' => "\\b"u8,
            '\t' => "\\t"u8,
            '\n' => "\\n"u8,
            '\f' => "\\f"u8,
            '\r' => "\\r"u8,
            _ => default,
        };
        if (!brief.IsEmpty)
        {
            output.Write(brief);
            return;
        }

        var digits = "0123456789abcdef"u8;
        output.Write([(byte)'\\', (byte)'u', digits[c >> 12], digits[(c >> 8) & 15], digits[(c >> 4) & 15], digits[c & 15]]);
    }
}
