using System.Globalization;

namespace ModelPlatform.Dashboard.Display;

/// <summary>How numbers are written: binary units, at most three significant digits, never a bare number.</summary>
internal static class Format
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

    public static string Bytes(double bytes)
    {
        var unit = 0;
        while (Math.Abs(bytes) >= 1024 && unit < Units.Length - 1)
        {
            bytes /= 1024;
            unit++;
        }

        var format = unit == 0 || Math.Abs(bytes) >= 100 ? "0" : Math.Abs(bytes) >= 10 ? "0.0" : "0.00";
        return $"{bytes.ToString(format, CultureInfo.InvariantCulture)} {Units[unit]}";
    }

    public static string Speed(double bytesPerSecond) => $"{Bytes(bytesPerSecond)}/s";

    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    public static string Count(long count, string one, string many) => $"{Count(count)} {(count == 1 ? one : many)}";

    public static string Duration(double seconds) => seconds switch
    {
        < 1 => "under 1 s",
        < 60 => $"{Math.Ceiling(seconds).ToString(CultureInfo.InvariantCulture)} s",
        < 3_600 => $"{Math.Floor(seconds / 60).ToString(CultureInfo.InvariantCulture)} min {Math.Floor(seconds % 60).ToString("00", CultureInfo.InvariantCulture)} s",
        < 86_400 => $"{Math.Floor(seconds / 3_600).ToString(CultureInfo.InvariantCulture)} h {Math.Floor(seconds % 3_600 / 60).ToString("00", CultureInfo.InvariantCulture)} min",
        _ => $"{Math.Floor(seconds / 86_400).ToString(CultureInfo.InvariantCulture)} d {Math.Floor(seconds % 86_400 / 3_600).ToString(CultureInfo.InvariantCulture)} h",
    };

    public static string Percent(double fraction) => $"{Math.Floor(fraction * 100).ToString(CultureInfo.InvariantCulture)} %";

    /// <summary>The words of codes and types as people read them: <c>job_failed</c>, <c>sign-manifest</c>.</summary>
    public static string Words(string? token) =>
        string.IsNullOrEmpty(token) ? "" : string.Concat(char.ToUpperInvariant(token[0]).ToString(), token.AsSpan(1).ToString().Replace('_', ' ').Replace('-', ' '));
}
