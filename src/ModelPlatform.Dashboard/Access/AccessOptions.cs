using System.Security.Cryptography;
using System.Text;

namespace ModelPlatform.Dashboard.Access;

/// <summary>Who may use the dashboard: whoever knows the platform's token, or, where none is set, whoever sits at this machine.</summary>
internal sealed class AccessOptions
{
    private readonly byte[]? tokenHash;

    public AccessOptions(IConfiguration configuration)
    {
        Token = configuration["MODEL_FETCH_TOKEN"] is { Length: > 0 } token ? token : null;
        tokenHash = Token is null ? null : Hash(Token);
        AllowsAnonymous = configuration.GetValue("MODEL_FETCH_ALLOW_ANONYMOUS", false);
    }

    /// <summary>The operator's token; null where none is set.</summary>
    public string? Token { get; }

    /// <summary>Whether a person has to sign in.</summary>
    public bool RequiresSignIn => tokenHash is not null;

    /// <summary>Whether strangers may come in without a token, from any address.</summary>
    public bool AllowsAnonymous { get; }

    /// <summary>Changes with the token, tells nothing of it: a cookie made for another token is no longer good.</summary>
    public string TokenStamp => tokenHash is null ? "" : Convert.ToHexStringLower(SHA256.HashData(tokenHash))[..16];

    /// <summary>Compares in constant time.</summary>
    public bool IsToken(string? presented) => tokenHash is not null && presented is not null && CryptographicOperations.FixedTimeEquals(tokenHash, Hash(presented));

    private static byte[] Hash(string value) => SHA256.HashData(Encoding.UTF8.GetBytes(value));
}
