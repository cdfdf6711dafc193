using ModelPlatform.Sources;

namespace ModelPlatform.Manifests.Trust;

/// <summary>Judges manifests that anybody may have written.</summary>
public interface IManifestVerifier
{
    /// <summary>Checks structure, hashes and signatures of a manifest's JSON against the trust root.</summary>
    /// <param name="manifest">The bytes as they came.</param>
    /// <param name="requireSignatures">Whether missing signatures are an error; null: as the setting <c>Trust:Require</c> says.</param>
    ManifestVerification Verify(ReadOnlyMemory<byte> manifest, bool? requireSignatures = null);

    /// <summary>Whether a model may be used here: asked where one is fetched from another site, and where one is loaded. The one place that acts on <c>Trust:Require</c>.</summary>
    /// <param name="manifest">The bytes as they came.</param>
    /// <param name="name">What to call the manifest in an error.</param>
    /// <returns>
    /// The judgement; IntegrityFailed, with each reason, where structure or hashes are wrong or a trusted key did not make the signature that bears its name, and, if <c>Trust:Require</c> is set, where too few trusted keys have signed;
    /// InvalidState where its schema is newer than this platform.
    /// </returns>
    Result<ManifestVerification> Admit(ReadOnlyMemory<byte> manifest, string name);
}

/// <summary>A verifier's judgement.</summary>
/// <param name="Valid">Nothing is wrong.</param>
/// <param name="Errors">What is wrong.</param>
/// <param name="Warnings">What is worth knowing.</param>
/// <param name="Trust">How the signatures stand.</param>
/// <param name="Provenance">Where the manifest says it comes from.</param>
public sealed record ManifestVerification(bool Valid, IReadOnlyList<string> Errors, IReadOnlyList<string> Warnings, SignatureFindings Trust, ManifestProvenance? Provenance);

/// <summary>How a manifest's signatures stand.</summary>
/// <param name="TrustedKeySetId">The key set the manifest names.</param>
/// <param name="RequiredSignatures">How many distinct keys must have signed.</param>
/// <param name="ValidSignatures">How many have.</param>
/// <param name="SignedBy">Their ids.</param>
public sealed record SignatureFindings(string? TrustedKeySetId, int RequiredSignatures, int ValidSignatures, IReadOnlyList<string> SignedBy)
{
    /// <summary>Trusted keys under whose name a signature stands that they did not make.</summary>
    public IReadOnlyList<string> Forged { get; init; } = [];
}
