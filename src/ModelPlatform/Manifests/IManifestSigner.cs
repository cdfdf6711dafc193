using ModelPlatform.Integrity;

namespace ModelPlatform.Manifests;

/// <summary>Signs what this platform publishes.</summary>
public interface IManifestSigner
{
    /// <summary>What verifiers of the manifests signed here must insist on.</summary>
    ManifestTrust Trust { get; }

    /// <summary>Signs a payload hash with every key that is valid now.</summary>
    IReadOnlyList<ManifestSignature> Sign(Sha256Digest signedPayloadHash);
}
