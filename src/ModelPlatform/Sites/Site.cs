using System.Globalization;
using System.Text.RegularExpressions;

namespace ModelPlatform.Sites;

/// <summary>Another ModelPlatform that documents are exchanged with.</summary>
public sealed partial record Site
{
    /// <summary>What it is called here, and in references of the source <c>peer</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Its base address.</summary>
    public required Uri Url { get; init; }

    /// <summary>The secret both sides know: sent to it, and taken from it. Null where both are open.</summary>
    public string? Token { get; init; }

    /// <summary>Nothing is exchanged with it.</summary>
    public bool Paused { get; init; }

    /// <summary>The most that is exchanged with it; null without limit.</summary>
    public long? BytesPerSecond { get; init; }

    /// <summary>The time of day, UTC, in which it is spoken to: <c>22:00-06:00</c>; null always.</summary>
    public string? Schedule { get; init; }

    /// <summary>Whether the schedule lets it be spoken to.</summary>
    public bool IsOpenAt(DateTimeOffset now)
    {
        if (Schedule is null || !TryReadSchedule(Schedule, out var from, out var until))
        {
            return true;
        }

        var time = TimeOnly.FromDateTime(now.UtcDateTime);
        return from == until || time.IsBetween(from, until);
    }

    /// <summary>Reads <c>HH:mm-HH:mm</c>.</summary>
    public static bool TryReadSchedule(string text, out TimeOnly from, out TimeOnly until)
    {
        (from, until) = (default, default);
        return text.Split('-') is [var left, var right]
            && TimeOnly.TryParseExact(left, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out from)
            && TimeOnly.TryParseExact(right, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out until);
    }

    /// <summary>Whether a site may have a name.</summary>
    public static bool IsValidName(string? name) => name is not null && NamePattern().IsMatch(name);

    /// <summary>Whether an address can be a site's.</summary>
    public static bool IsValidUrl(Uri? url) =>
        url is { IsAbsoluteUri: true, Scheme: "http" or "https", UserInfo.Length: 0, Query.Length: 0, Fragment.Length: 0 };

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();
}
