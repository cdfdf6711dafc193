using System.Buffers;
using System.Text.Json;
using ModelPlatform.Integrity;

namespace ModelPlatform.Manifests;

/// <summary>The two hashes over a manifest, computed from its JSON as it stands, so that members this platform does not know count too.</summary>
/// <param name="ManifestHash">SHA-256 of the canonical manifest without <c>integrity</c> and <c>distribution</c>.</param>
/// <param name="SignedPayloadHash">SHA-256 of what is signed; null where there is no timestamp.</param>
internal readonly record struct ManifestHashes(Sha256Digest ManifestHash, Sha256Digest? SignedPayloadHash)
{
    private static readonly string[] Signed = ["schemaVersion", "model", "version", "artifacts", "provenance", "capabilities", "trust"];

    /// <summary>Computes both.</summary>
    /// <exception cref="JsonException">The manifest has no canonical form.</exception>
    public static ManifestHashes Compute(JsonElement manifest)
    {
        var timestamp = manifest.TryGetProperty("integrity", out var integrity) && integrity.ValueKind == JsonValueKind.Object
            && integrity.TryGetProperty("timestamp", out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        return Compute(manifest, timestamp);
    }

    /// <summary>Computes both with the timestamp that <c>integrity</c> will have.</summary>
    public static ManifestHashes Compute(JsonElement manifest, string? timestamp) => new(
        Hash(manifest, static name => name is not ("integrity" or "distribution"), null),
        timestamp is null ? null : Hash(manifest, static name => Array.IndexOf(Signed, name) >= 0, timestamp));

    private static Sha256Digest Hash(JsonElement manifest, Func<string, bool> includes, string? timestamp)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var member in manifest.EnumerateObject())
            {
                if (includes(member.Name))
                {
                    member.WriteTo(writer);
                }
            }

            if (timestamp is not null)
            {
                writer.WriteString("timestamp", timestamp);
            }

            writer.WriteEndObject();
        }

        return Sha256Digest.Of(CanonicalJson.Serialize(buffer.WrittenMemory));
    }
}
