using System.Text.Json;
using ModelPlatform.Integrity;
using ModelPlatform.Sources;

namespace ModelPlatform.Manifests;

/// <summary>A manifest that was read from bytes somebody else may have written, and held to every rule that needs no key.</summary>
/// <param name="Manifest">The manifest.</param>
/// <param name="ETag">Strong validator: SHA-256 of the bytes.</param>
internal sealed record ManifestDocument(Manifest Manifest, string ETag)
{
    /// <summary>A terabyte in 5 MiB chunks takes 14 MB: what is larger than this is no manifest.</summary>
    public const int MaxBytes = 64 * 1024 * 1024;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = ManifestJson.MaxDepth };

    /// <summary>Reads a manifest.</summary>
    /// <param name="utf8">Its bytes.</param>
    /// <param name="name">What to call it in an error: where it lies, or who sent it.</param>
    /// <returns>IntegrityFailed where anything disagrees, with each reason; InvalidState where its schema is newer than this platform.</returns>
    public static Result<ManifestDocument> Read(ReadOnlyMemory<byte> utf8, string name)
    {
        if (utf8.Length > MaxBytes)
        {
            return Refused(name, $"it has {utf8.Length} bytes, more than {MaxBytes}");
        }

        try
        {
            using var document = JsonDocument.Parse(utf8, Strict);
            if (SchemaVersion(document.RootElement) is { } schema && IsNewer(schema))
            {
                return new PlatformError(ErrorCode.InvalidState, $"Manifest {name} has schema {schema}; this version of the platform knows up to {Manifest.CurrentSchemaVersion}. It is left as it is.");
            }

            var manifest = document.RootElement.Deserialize(ManifestJson.Default.Manifest);
            if (manifest is null)
            {
                return Refused(name, "it is null");
            }

            var errors = new List<string>();
            ManifestStructure.Check(manifest, errors);
            CheckHashes(document.RootElement, manifest, errors);
            return errors.Count == 0 ? new ManifestDocument(manifest, Sha256Digest.Of(utf8.Span).ToString()) : Refused(name, string.Join(", ", errors));
        }
        catch (JsonException exception)
        {
            return Refused(name, exception.Message);
        }
    }

    /// <summary>Compares the hashes in <c>integrity</c> with the manifest's JSON.</summary>
    /// <returns>The true hashes; null where there is no <c>integrity</c>.</returns>
    public static ManifestHashes? CheckHashes(JsonElement json, Manifest manifest, List<string> errors)
    {
        if (manifest.Integrity is not { } integrity)
        {
            return null;
        }

        var hashes = ManifestHashes.Compute(json, integrity.Timestamp);
        if (hashes.ManifestHash != integrity.ManifestHash)
        {
            errors.Add($"Manifest hash mismatch: expected {integrity.ManifestHash}, actual {hashes.ManifestHash}");
        }

        if (hashes.SignedPayloadHash != integrity.SignedPayloadHash)
        {
            errors.Add($"Signed payload hash mismatch: expected {integrity.SignedPayloadHash}, actual {hashes.SignedPayloadHash}");
        }

        return hashes;
    }

    /// <summary>Whether a schema version is above the one this platform writes.</summary>
    public static bool IsNewer(string schemaVersion) =>
        System.Version.TryParse(schemaVersion, out var version) && version > System.Version.Parse(Manifest.CurrentSchemaVersion);

    private static string? SchemaVersion(JsonElement root) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty("schemaVersion", out var schema) && schema.ValueKind == JsonValueKind.String ? schema.GetString() : null;

    private static PlatformError Refused(string name, string reason) => new(ErrorCode.IntegrityFailed, $"Manifest {name} is refused: {reason}.");
}
