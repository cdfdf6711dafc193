using System.Globalization;
using System.Text;
using System.Text.Json;

namespace ModelPlatform.Client.Loading;

/// <summary>The one way a manifest is written for hashing: keys in ordinal order, no white space, everything from U+007F up as <c>\uXXXX</c>, numbers as ECMAScript prints them.</summary>
internal static class CanonicalJson
{
    /// <summary>Writes an object without some of its members.</summary>
    public static byte[] Serialize(JsonElement element, params ReadOnlySpan<string> without)
    {
        var text = new StringBuilder();
        Write(text, element, without);
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    private static void Write(StringBuilder text, JsonElement element, ReadOnlySpan<string> without)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(text, element, without);
                break;
            case JsonValueKind.Array:
                var separator = '[';
                foreach (var item in element.EnumerateArray())
                {
                    text.Append(separator);
                    Write(text, item, []);
                    separator = ',';
                }

                text.Append(separator == '[' ? "[]" : "]");
                break;
            case JsonValueKind.String:
                WriteString(text, element.GetString()!);
                break;
            case JsonValueKind.Number:
                text.Append(Number(element.GetDouble()));
                break;
            default:
                text.Append(element.GetRawText());
                break;
        }
    }

    private static void WriteObject(StringBuilder text, JsonElement element, ReadOnlySpan<string> without)
    {
        var separator = '{';
        foreach (var member in element.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal))
        {
            if (without.Contains(member.Name))
            {
                continue;
            }

            text.Append(separator);
            WriteString(text, member.Name);
            text.Append(':');
            Write(text, member.Value, []);
            separator = ',';
        }

        text.Append(separator == '{' ? "{}" : "}");
    }

    private static void WriteString(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                < ' ' or >= '\u007f' => text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture)),
                _ => text.Append(c),
            };
        }

        text.Append('"');
    }

    /// <summary>ECMAScript's Number::toString: the shortest digits that read back, plain from 1e-7 up to 1e21.</summary>
    private static string Number(double value)
    {
        if (value == 0)
        {
            return "0";
        }

        var shortest = Math.Abs(value).ToString("E16", CultureInfo.InvariantCulture);
        for (var precision = 0; precision < 17; precision++)
        {
            var candidate = Math.Abs(value).ToString($"E{precision}", CultureInfo.InvariantCulture);
            if (double.Parse(candidate, CultureInfo.InvariantCulture) == Math.Abs(value))
            {
                shortest = candidate;
                break;
            }
        }

        var parts = shortest.Split('E');
        var digits = parts[0].Replace(".", "", StringComparison.Ordinal).TrimEnd('0');
        digits = digits.Length == 0 ? "0" : digits;
        var point = int.Parse(parts[1], CultureInfo.InvariantCulture) + 1;
        var sign = value < 0 ? "-" : "";
        return point switch
        {
            _ when digits.Length <= point && point <= 21 => sign + digits.PadRight(point, '0'),
            > 0 and <= 21 => $"{sign}{digits[..point]}.{digits[point..]}",
            > -6 and <= 0 => $"{sign}0.{new string('0', -point)}{digits}",
            _ => $"{sign}{digits[..1]}{(digits.Length > 1 ? "." + digits[1..] : "")}e{(point > 0 ? "+" : "-")}{Math.Abs(point - 1).ToString(CultureInfo.InvariantCulture)}",
        };
    }
}
