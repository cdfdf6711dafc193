using ModelPlatform.Integrity;

namespace ModelPlatform.Manifests.Trust;

/// <summary>Decides whether a signature counts.</summary>
internal static class TrustChain
{
    /// <summary>The one fault that only a changed manifest, or a forger, explains: the key is trusted, and did not sign this.</summary>
    public const string NoMatch = "the signature does not match";

    private const int LongestChain = 8;

    /// <summary>Why a signature does not count; null where it does.</summary>
    /// <param name="root">Whom to believe. Keys that a manifest brings along are never among them.</param>
    /// <param name="signature">The signature.</param>
    /// <param name="payload">What was signed, as the verifier computed it.</param>
    /// <param name="time">The time that was signed.</param>
    /// <param name="capability">What the key must be allowed to do.</param>
    public static string? FindFault(TrustRoot root, ManifestSignature signature, Sha256Digest payload, DateTimeOffset time, string capability = TrustedKey.SignManifest)
    {
        if (!string.Equals(signature.Algorithm, Ed25519Signatures.Algorithm, StringComparison.Ordinal))
        {
            return $"algorithm '{signature.Algorithm}' is not ed25519";
        }

        if (Find(root, signature.KeyId) is not { } key)
        {
            return "the key is not in the trust root";
        }

        if (FindFault(root, key, capability, time, LongestChain) is { } fault)
        {
            return fault;
        }

        return Ed25519Signatures.Verify(key.PublicKey, payload, signature.Signature) ? null : NoMatch;
    }

    /// <summary>Why a key may not do something at a time; null where it may.</summary>
    private static string? FindFault(TrustRoot root, TrustedKey key, string capability, DateTimeOffset time, int links)
    {
        if (root.Revoked.Contains(key.KeyId))
        {
            return $"key {key.KeyId} is revoked";
        }

        if (!string.Equals(key.Algorithm, Ed25519Signatures.Algorithm, StringComparison.Ordinal))
        {
            return $"key {key.KeyId} is not of ed25519";
        }

        if (!key.Capabilities.Contains(capability))
        {
            return $"key {key.KeyId} may not {capability}";
        }

        if (!key.IsValidAt(time))
        {
            return $"key {key.KeyId} is valid from {key.ValidFrom:O} until {(key.ValidUntil is { } end ? end.ToString("O", null) : "ever")}, not at {time:O}";
        }

        if (key.DelegatedBy is null)
        {
            return null;
        }

        if (links == 0 || Find(root, key.DelegatedBy) is not { } delegator)
        {
            return $"key {key.KeyId} is delegated by {key.DelegatedBy}, which leads to no key of the trust root";
        }

        if (!Ed25519Signatures.Verify(delegator.PublicKey, TrustJson.DelegationHash(key), key.DelegationSignature))
        {
            return $"the delegation of key {key.KeyId} by {delegator.KeyId} is not signed by it";
        }

        // A delegator vouches at the moment the new key begins, and only for what it may do itself.
        return FindFault(root, delegator, TrustedKey.Delegate, key.ValidFrom, links - 1)
            ?? (delegator.Capabilities.Contains(capability) ? null : $"key {delegator.KeyId} may not {capability} and cannot delegate it");
    }

    private static TrustedKey? Find(TrustRoot root, string keyId) => root.Keys.FirstOrDefault(key => key.KeyId == keyId);
}
