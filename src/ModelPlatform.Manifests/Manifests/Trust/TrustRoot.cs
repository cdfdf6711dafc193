namespace ModelPlatform.Manifests.Trust;

/// <summary>Whom to believe: the public half of everything, kept in one file that an operator may edit and give away.</summary>
public sealed record TrustRoot
{
    /// <summary>The keys. One without <see cref="TrustedKey.DelegatedBy"/> is trusted because it stands here.</summary>
    public IReadOnlyList<TrustedKey> Keys { get; init; } = [];

    /// <summary>Keys that are believed no longer, whatever they signed and whenever.</summary>
    public IReadOnlyList<string> Revoked { get; init; } = [];

    /// <summary>How many distinct keys must have signed a manifest.</summary>
    public int MinimumSignaturesRequired { get; init; } = 1;

    /// <summary>How many distinct keys that may delegate must sign a new root before it replaces this one: <see cref="SignedTrustRoot"/>.</summary>
    public int ThresholdSignaturesRequired { get; init; } = 2;
}

/// <summary>A public key and what it may do.</summary>
public sealed record TrustedKey
{
    /// <summary>May sign manifests.</summary>
    public const string SignManifest = "sign-manifest";

    /// <summary>May sign adapters.</summary>
    public const string SignAdapter = "sign-adapter";

    /// <summary>May vouch for other keys.</summary>
    public const string Delegate = "delegate";

    /// <summary>What signatures name it by.</summary>
    public required string KeyId { get; init; }

    /// <summary>Always <c>ed25519</c>.</summary>
    public required string Algorithm { get; init; }

    /// <summary>SubjectPublicKeyInfo, base64.</summary>
    public required string PublicKey { get; init; }

    /// <summary>Signatures dated before are not its own. ISO 8601 UTC.</summary>
    public required DateTimeOffset ValidFrom { get; init; }

    /// <summary>Signatures dated after are not its own. ISO 8601 UTC; null: no end.</summary>
    public DateTimeOffset? ValidUntil { get; init; }

    /// <summary>sign-manifest, sign-adapter, delegate.</summary>
    public required IReadOnlyList<string> Capabilities { get; init; }

    /// <summary>The key that vouches for this one.</summary>
    public string? DelegatedBy { get; init; }

    /// <summary>That key's Ed25519 signature over SHA-256 of the canonical JSON of this key without this member, base64.</summary>
    public string? DelegationSignature { get; init; }

    /// <summary>Whether a time lies within the key's validity.</summary>
    public bool IsValidAt(DateTimeOffset time) => time >= ValidFrom && (ValidUntil is null || time <= ValidUntil);
}
