using System.Text.Json;

namespace ModelPlatform.Client.Trust;

/// <summary>Who may sign, and how many must.</summary>
public sealed record TrustRoot
{
    /// <summary>Known keys.</summary>
    public IReadOnlyList<TrustKey> Keys { get; init; } = [];

    /// <summary>Keys no longer trusted: ids, or objects with a <c>keyId</c>.</summary>
    public IReadOnlyList<JsonElement>? Revoked { get; init; }

    /// <summary>Distinct signatures every manifest needs.</summary>
    public int MinimumSignaturesRequired { get; init; } = 1;

    /// <summary>Distinct signatures where a threshold is asked for.</summary>
    public int ThresholdSignaturesRequired { get; init; } = 2;
}

/// <summary>A public key.</summary>
public sealed record TrustKey
{
    /// <summary>Its id.</summary>
    public string KeyId { get; init; } = "";

    /// <summary>Always <c>ed25519</c>.</summary>
    public string? Algorithm { get; init; }

    /// <summary>SPKI, base64.</summary>
    public string? PublicKey { get; init; }

    /// <summary>From when it may sign.</summary>
    public DateTimeOffset? ValidFrom { get; init; }

    /// <summary>Until when.</summary>
    public DateTimeOffset? ValidUntil { get; init; }

    /// <summary>sign-manifest, sign-adapter, delegate.</summary>
    public IReadOnlyList<string>? Capabilities { get; init; }

    /// <summary>The key that vouches for it.</summary>
    public string? DelegatedBy { get; init; }

    /// <summary>How it vouches.</summary>
    public string? DelegationSignature { get; init; }
}
