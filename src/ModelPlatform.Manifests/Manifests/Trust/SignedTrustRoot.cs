using System.Text.Json;
using System.Text.Json.Nodes;
using ModelPlatform.Integrity;

namespace ModelPlatform.Manifests.Trust;

/// <summary>A new trust root, and who of the old one agrees to it.</summary>
/// <param name="Root">The new root, whole.</param>
/// <param name="Replaces">SHA-256, in hex, of the canonical JSON of the root it replaces, as <c>GET /v2/trust/keys</c> gives it: so that an old one cannot be put back.</param>
/// <param name="Signatures">Ed25519 over SHA-256 of canonical JSON <c>{"replaces":…,"root":…}</c>, by keys of the old root that may delegate.</param>
public sealed record SignedTrustRoot(TrustRoot Root, string Replaces, IReadOnlyList<ManifestSignature> Signatures)
{
    /// <summary>What its signatures are over.</summary>
    internal Sha256Digest Payload => CanonicalJson.Hash(new JsonObject { ["replaces"] = Replaces, ["root"] = JsonSerializer.SerializeToNode(Root, TrustJson.Default.TrustRoot) });

    /// <summary>The name of a root in <see cref="Replaces"/>.</summary>
    internal static string NameOf(TrustRoot root) => CanonicalJson.Hash(JsonSerializer.SerializeToElement(root, TrustJson.Default.TrustRoot)).ToString();
}
