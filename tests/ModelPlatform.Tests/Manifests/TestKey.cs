using System.Text.Json.Nodes;
using ModelPlatform.Integrity;
using ModelPlatform.Manifests;
using ModelPlatform.Manifests.Trust;
using NSec.Cryptography;

namespace ModelPlatform.Tests.Manifests;

/// <summary>A key of somebody else: an operator of another site, or a forger.</summary>
internal sealed class TestKey : IDisposable
{
    private readonly Key key = Key.Create(SignatureAlgorithm.Ed25519);

    public TestKey(string id, params string[] capabilities) => Public = new TrustedKey
    {
        KeyId = id,
        Algorithm = "ed25519",
        PublicKey = Ed25519Signatures.WritePublicKey(key),
        ValidFrom = DateTimeOffset.UnixEpoch,
        Capabilities = capabilities.Length > 0 ? capabilities : [TrustedKey.SignManifest],
    };

    public TrustedKey Public { get; set; }

    public JsonObject Sign(Sha256Digest payload) =>
        new() { ["keyId"] = Public.KeyId, ["algorithm"] = "ed25519", ["signature"] = Ed25519Signatures.Sign(key, payload) };

    /// <summary>Agrees to a new trust root.</summary>
    public ManifestSignature Agree(SignedTrustRoot root) => new(Public.KeyId, "ed25519", Ed25519Signatures.Sign(key, root.Payload));

    /// <summary>Vouches for another key.</summary>
    public TrustedKey Delegate(TrustedKey other)
    {
        var delegated = other with { DelegatedBy = Public.KeyId, DelegationSignature = null };
        return delegated with { DelegationSignature = Ed25519Signatures.Sign(key, TrustJson.DelegationHash(delegated)) };
    }

    /// <summary>Adds this key's signature to a manifest.</summary>
    public byte[] AddTo(byte[] manifest) => TrustFixture.Change(manifest, json =>
        json["integrity"]!["signatures"]!.AsArray().Add((JsonNode)Sign(Sha256Digest.Parse(json["integrity"]!["signedPayloadHash"]!.GetValue<string>()))));

    public void Dispose() => key.Dispose();
}
