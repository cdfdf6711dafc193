using System.Globalization;
using System.Text.Json;
using ModelPlatform.Integrity;
using ModelPlatform.Sources;

namespace ModelPlatform.Manifests.Trust;

/// <summary>The verifier. Its texts are those deployed clients know.</summary>
/// <param name="findRoot">Whom to believe now; null where nobody said: then structure and hashes are judged, and signatures are not.</param>
/// <param name="requireByDefault">Whether missing signatures are an error.</param>
internal sealed class ManifestVerifier(Func<TrustRoot?> findRoot, bool requireByDefault) : IManifestVerifier
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = ManifestJson.MaxDepth };

    public ManifestVerification Verify(ReadOnlyMemory<byte> manifest, bool? requireSignatures = null)
    {
        var (errors, warnings) = (new List<string>(), new List<string>());
        if (manifest.Length > ManifestDocument.MaxBytes)
        {
            errors.Add($"Manifest has {manifest.Length} bytes, more than {ManifestDocument.MaxBytes}");
            return Judge(errors, warnings);
        }

        try
        {
            using var json = JsonDocument.Parse(manifest, Strict);
            return Verify(json.RootElement, requireSignatures ?? requireByDefault, errors, warnings);
        }
        catch (JsonException exception)
        {
            errors.Add($"Manifest is malformed: {exception.Message}");
            return Judge(errors, warnings);
        }
    }

    public Result<ManifestVerification> Admit(ReadOnlyMemory<byte> manifest, string name)
    {
        // What needs no key is refused whatever the policy: nobody has vouched for a manifest that disagrees with itself.
        if (!ManifestDocument.Read(manifest, name).TryGet(out _, out var fault))
        {
            return fault;
        }

        var judgement = Verify(manifest, requireByDefault);
        if (judgement.Valid)
        {
            return judgement;
        }

        // Somebody put a name of the trust root under what its key did not sign: whatever the policy on unsigned manifests, this one was tampered with.
        if (judgement.Trust.Forged.Count > 0)
        {
            return new PlatformError(
                ErrorCode.IntegrityFailed,
                $"Manifest {name} is refused: it was changed after it was signed, the signature of {string.Join(", ", judgement.Trust.Forged)} does not match. Ask its site for the original.");
        }

        return !requireByDefault
            ? judgement
            : new PlatformError(
                ErrorCode.IntegrityFailed,
                $"Manifest {name} is refused: {string.Join(", ", judgement.Errors.Concat(judgement.Warnings))}. Trust:Require admits only what keys of the trust root have signed: "
                + "where you trust that site, add its key (its /v2/trust/keys shows it) to trust-root.json.");
    }

    private ManifestVerification Verify(JsonElement json, bool require, List<string> errors, List<string> warnings)
    {
        if (FindMissing(json, errors, warnings))
        {
            return Judge(errors, warnings);
        }

        var manifest = json.Deserialize(ManifestJson.Default.Manifest)!;
        ManifestStructure.Check(manifest, errors);
        var payload = ManifestDocument.CheckHashes(json, manifest, errors)?.SignedPayloadHash;
        if (manifest.Provenance is null)
        {
            warnings.Add("No provenance information");
        }

        return Judge(errors, warnings, CheckSignatures(payload, manifest, require, errors, warnings), manifest.Provenance);
    }

    /// <summary>Looks for what a manifest cannot do without, before it is read as one.</summary>
    private static bool FindMissing(JsonElement json, List<string> errors, List<string> warnings)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            errors.Add("Manifest is not a JSON object");
            return true;
        }

        var schema = Text(json, "schemaVersion");
        if (schema is not null && ManifestDocument.IsNewer(schema))
        {
            errors.Add($"Manifest has schema {schema}, newer than {Manifest.CurrentSchemaVersion}");
        }
        else if (schema != Manifest.CurrentSchemaVersion)
        {
            warnings.Add("Manifest uses old schema version");
        }

        var model = json.TryGetProperty("model", out var value) && value.ValueKind == JsonValueKind.Object ? value : default;
        foreach (var member in new[] { "id", "version" })
        {
            if (model.ValueKind != JsonValueKind.Object || string.IsNullOrEmpty(Text(model, member)))
            {
                errors.Add($"Missing model.{member}");
            }
        }

        if (!json.TryGetProperty("artifacts", out var artifacts) || artifacts.ValueKind != JsonValueKind.Array || artifacts.GetArrayLength() == 0)
        {
            errors.Add("No artifacts defined");
        }

        return errors.Count > 0;
    }

    private SignatureFindings CheckSignatures(Sha256Digest? signed, Manifest manifest, bool require, List<string> errors, List<string> warnings)
    {
        if (findRoot() is not { } root)
        {
            warnings.Add("Signatures were not checked: there is no trust root");
            return new SignatureFindings(manifest.Trust?.TrustedKeySetId, 0, 0, []);
        }

        var asked = manifest.Trust?.MinimumSignaturesRequired ?? 0;
        var required = Math.Max(root.MinimumSignaturesRequired, asked);
        var signers = new Dictionary<string, string>(StringComparer.Ordinal);
        var forged = new List<string>();
        if (manifest.Integrity is not { } integrity)
        {
            warnings.Add("No integrity block present");
        }
        else if (integrity.Signatures.Count == 0)
        {
            warnings.Add("No signatures present");
        }
        else if (signed is { } payload && ReadTime(integrity.Timestamp) is { } time)
        {
            foreach (var signature in integrity.Signatures.OfType<ManifestSignature>())
            {
                if (TrustChain.FindFault(root, signature, payload, time) is { } fault)
                {
                    warnings.Add($"Signature of {Shown(signature.KeyId)} does not count: {fault}");
                    if (fault == TrustChain.NoMatch)
                    {
                        forged.Add(signature.KeyId);
                    }
                }
                else
                {
                    // Two names of one key are one signer.
                    signers[root.Keys.First(key => key.KeyId == signature.KeyId).PublicKey] = signature.KeyId;
                }
            }
        }
        else
        {
            errors.Add("integrity.timestamp is not ISO 8601 in UTC");
        }

        // Unsigned is for the policy to judge; fewer signatures than somebody insisted on never passes, so that stripping them all is no way out.
        var isUnsigned = manifest.Integrity is not { Signatures.Count: > 0 };
        if (signers.Count < required && (require || !isUnsigned || asked > 0))
        {
            errors.Add($"Insufficient valid signatures: {signers.Count}/{required}");
        }

        return new SignatureFindings(manifest.Trust?.TrustedKeySetId, required, signers.Count, [.. signers.Values.Order(StringComparer.Ordinal)]) { Forged = forged };
    }

    private ManifestVerification Judge(List<string> errors, List<string> warnings, SignatureFindings? trust = null, ManifestProvenance? provenance = null) =>
        new(errors.Count == 0, errors, warnings, trust ?? new SignatureFindings(null, findRoot()?.MinimumSignaturesRequired ?? 0, 0, []), provenance);

    private static DateTimeOffset? ReadTime(string text) =>
        text.EndsWith('Z') && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time : null;

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string Shown(string keyId) => keyId.Length <= 64 && keyId.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ':') ? keyId : "an unnameable key";
}
