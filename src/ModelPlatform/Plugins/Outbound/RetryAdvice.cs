using System.Globalization;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;

namespace ModelPlatform.Plugins.Outbound;

/// <summary>How long an answer asks to wait: <c>RateLimit</c> first, then <c>Retry-After</c>.</summary>
internal static partial class RetryAdvice
{
    public static readonly TimeSpan Default = TimeSpan.FromSeconds(60);
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(3600);
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    /// <summary>The wait a refusal (429, 503) asks for; null where it names none.</summary>
    public static TimeSpan? OfRefusal(HttpResponseHeaders headers, DateTimeOffset now) => OfExhaustedLimit(headers) ?? OfRetryAfter(headers, now);

    /// <summary>The wait of a <c>RateLimit</c> with nothing remaining (<c>"api";r=0;t=55</c>), which a success may carry too.</summary>
    public static TimeSpan? OfExhaustedLimit(HttpResponseHeaders headers)
    {
        TimeSpan? longest = null;
        foreach (var limit in Values(headers, "RateLimit").SelectMany(value => value.Split(',')))
        {
            if (Remaining().Match(limit) is { Success: true } remaining && remaining.Groups[1].ValueSpan.Trim('0').IsEmpty && Reset().Match(limit) is { Success: true } reset)
            {
                // One second more than said: both clocks are rounded.
                var wait = double.TryParse(reset.Groups[1].ValueSpan, CultureInfo.InvariantCulture, out var seconds) ? Cap(seconds + 1) : Default;
                longest = longest > wait ? longest : wait;
            }
        }

        return longest;
    }

    private static TimeSpan? OfRetryAfter(HttpResponseHeaders headers, DateTimeOffset now)
    {
        if (Values(headers, "Retry-After").FirstOrDefault()?.Trim() is not { Length: > 0 } text)
        {
            return null;
        }

        if (text.All(char.IsAsciiDigit))
        {
            return Cap(double.Parse(text, CultureInfo.InvariantCulture));
        }

        return DateTimeOffset.TryParseExact(text, ["r", "dddd, dd-MMM-yy HH:mm:ss 'GMT'", "ddd MMM d HH:mm:ss yyyy"],
            CultureInfo.InvariantCulture, DateTimeStyles.AllowWhiteSpaces | DateTimeStyles.AssumeUniversal, out var date)
            ? Cap((date - now).TotalSeconds)
            : Default;
    }

    private static TimeSpan Cap(double seconds) => seconds >= Longest.TotalSeconds ? Longest : seconds <= Shortest.TotalSeconds ? Shortest : TimeSpan.FromSeconds(seconds);

    private static HeaderStringValues Values(HttpResponseHeaders headers, string name) => headers.NonValidated.TryGetValues(name, out var values) ? values : default;

    [GeneratedRegex(@";\s*r=(\d+)(?![\d.])")]
    private static partial Regex Remaining();

    [GeneratedRegex(@";\s*t=(\d+)(?![\d.])")]
    private static partial Regex Reset();
}
