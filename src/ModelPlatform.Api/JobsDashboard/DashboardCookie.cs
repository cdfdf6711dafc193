using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ModelPlatform.Api.JobsDashboard;

/// <summary>Lets a browser into the jobs dashboard after it showed the token once. Holds a proof of the token, not the token: changing the token ends it on every replica.</summary>
internal static class DashboardCookie
{
    public const string Name = "modelplatform-jobs";

    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    /// <summary>A value that is valid until <see cref="Lifetime"/> from now.</summary>
    public static string Issue(string token, DateTimeOffset now)
    {
        var until = (now + Lifetime).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return $"{until}.{Convert.ToHexStringLower(Proof(token, until))}";
    }

    public static bool IsValid(string? value, string token, DateTimeOffset now)
    {
        if (value?.Split('.') is not [var until, var proof] || proof.Length != HMACSHA256.HashSizeInBytes * 2)
        {
            return false;
        }

        Span<byte> shown = stackalloc byte[HMACSHA256.HashSizeInBytes];
        return Convert.FromHexString(proof, shown, out _, out _) == System.Buffers.OperationStatus.Done &&
            CryptographicOperations.FixedTimeEquals(shown, Proof(token, until)) &&
            long.TryParse(until, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds > now.ToUnixTimeSeconds();
    }

    private static byte[] Proof(string token, string until) => HMACSHA256.HashData(Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes($"{Name}|{until}"));
}
