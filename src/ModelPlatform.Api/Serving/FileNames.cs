using System.Text;

namespace ModelPlatform.Api.Serving;

/// <summary>What a file is called and declared as when it leaves: never as something a browser would run.</summary>
internal static class FileNames
{
    /// <summary>Plain text for what people read, bytes for all the rest, HTML and SVG among it.</summary>
    public static string ContentTypeOf(string name) => Path.GetExtension(name).ToLowerInvariant() switch
    {
        ".json" => "application/json",
        ".txt" or ".md" or ".jinja" or ".yaml" or ".yml" or ".csv" or ".py" or ".vocab" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    };

    /// <summary>The last segment of a path, plainly and in RFC 8187 form. The plain form comes last and closed with a semicolon: Hub clients look for that.</summary>
    public static string DispositionOf(string path, bool inline)
    {
        var name = path[(path.LastIndexOf('/') + 1)..];
        var plain = string.Concat(name.Select(c => c is >= ' ' and <= '~' and not ('"' or '\\') ? c : '_'));
        return $"{(inline ? "inline" : "attachment")}; filename*=UTF-8''{Extended(name)}; filename=\"{plain}\";";
    }

    private static string Extended(string name)
    {
        var encoded = new StringBuilder();
        foreach (var value in Encoding.UTF8.GetBytes(name))
        {
            _ = char.IsAsciiLetterOrDigit((char)value) || value is (byte)'-' or (byte)'.' or (byte)'_' or (byte)'~'
                ? encoded.Append((char)value)
                : encoded.Append('%').Append(value.ToString("X2", null));
        }

        return encoded.ToString();
    }
}
