using ModelPlatform.Integrity;
using NSec.Cryptography;

namespace ModelPlatform.Manifests.Trust;

/// <summary>Ed25519 over the 32 bytes of a digest.</summary>
internal static class Ed25519Signatures
{
    /// <summary>The one algorithm there is.</summary>
    public const string Algorithm = "ed25519";

    /// <summary>Signs.</summary>
    public static string Sign(Key key, Sha256Digest digest)
    {
        Span<byte> bytes = stackalloc byte[Sha256Digest.Size];
        digest.CopyTo(bytes);
        return Convert.ToBase64String(SignatureAlgorithm.Ed25519.Sign(key, bytes));
    }

    /// <summary>Whether a base64 signature over the digest was made with the private half of an SPKI key.</summary>
    public static bool Verify(string publicKey, Sha256Digest digest, string? signature)
    {
        Span<byte> signatureBytes = stackalloc byte[SignatureAlgorithm.Ed25519.SignatureSize];
        if (signature is null || !Convert.TryFromBase64String(signature, signatureBytes, out var length) || length != signatureBytes.Length || ReadPublicKey(publicKey) is not { } key)
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[Sha256Digest.Size];
        digest.CopyTo(bytes);
        return SignatureAlgorithm.Ed25519.Verify(key, bytes, signatureBytes);
    }

    /// <summary>Reads an SPKI key; null where it is not one of Ed25519.</summary>
    public static PublicKey? ReadPublicKey(string publicKey)
    {
        Span<byte> spki = stackalloc byte[128];
        return Convert.TryFromBase64String(publicKey, spki, out var length)
            && PublicKey.TryImport(SignatureAlgorithm.Ed25519, spki[..length], KeyBlobFormat.PkixPublicKey, out var key) ? key : null;
    }

    /// <summary>A key's SPKI form.</summary>
    public static string WritePublicKey(Key key) => Convert.ToBase64String(key.PublicKey.Export(KeyBlobFormat.PkixPublicKey));
}
