using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace ModelPlatform.Integrity;

/// <summary>Numbers as ECMAScript's <c>Number::toString</c> writes them (ECMA-262, 6.1.6.1.20).</summary>
internal static class EcmaScriptNumber
{
    public static void Write(ArrayBufferWriter<byte> output, double value)
    {
        if (!double.IsFinite(value))
        {
            throw new JsonException("A number is not finite.");
        }

        output.Write(Encoding.ASCII.GetBytes(ToString(value)));
    }

    public static string ToString(double value)
    {
        if (value == 0)
        {
            return "0";
        }

        // The round-trip format yields the same shortest digits; only where the point and the exponent go differs.
        var parts = Math.Abs(value).ToString("R", CultureInfo.InvariantCulture).Split('E');
        var point = parts[0].IndexOf('.', StringComparison.Ordinal);
        var significant = parts[0].Replace(".", string.Empty, StringComparison.Ordinal).TrimStart('0');
        var leadingZeros = parts[0].Length - (point < 0 ? 0 : 1) - significant.Length;
        var exponent = parts.Length == 1 ? 0 : int.Parse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var pointAfter = (point < 0 ? parts[0].Length : point) - leadingZeros + exponent;
        var mantissa = significant.TrimEnd('0');
        return (value < 0 ? "-" : string.Empty) + Place(mantissa, pointAfter);
    }

    private static string Place(string digits, int pointAfter) => pointAfter switch
    {
        >= 1 and <= 21 when digits.Length <= pointAfter => digits + new string('0', pointAfter - digits.Length),
        >= 1 and <= 21 => $"{digits.AsSpan(0, pointAfter)}.{digits.AsSpan(pointAfter)}",
        > -6 and <= 0 => "0." + new string('0', -pointAfter) + digits,
        _ => string.Create(CultureInfo.InvariantCulture, $"{digits[0]}{(digits.Length > 1 ? "." : string.Empty)}{digits.AsSpan(1)}e{(pointAfter > 0 ? "+" : "-")}{Math.Abs(pointAfter - 1)}"),
    };
}
