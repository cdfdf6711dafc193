using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using ModelPlatform.Integrity;

namespace ModelPlatform.Manifests;

/// <summary>The two hashes over a manifest, computed from its JSON as it stands, so that members this platform does not know count too.</summary>
/// <param name="ManifestHash">SHA-256 of the canonical manifest without <c>integrity</c> and <c>distribution</c>.</param>
/// <param name="SignedPayloadHash">SHA-256 of what is signed; null where there is no timestamp.</param>
internal readonly record struct ManifestHashes(Sha256Digest ManifestHash, Sha256Digest? SignedPayloadHash)
{
    private const string Timestamp = "timestamp";

    private static readonly string[] Signed = ["schemaVersion", "model", "version", "artifacts", "provenance", "capabilities", "trust"];

    /// <summary>Computes both.</summary>
    /// <exception cref="JsonException">The manifest has no canonical form.</exception>
    public static ManifestHashes Compute(JsonElement manifest)
    {
        var timestamp = manifest.TryGetProperty("integrity", out var integrity) && integrity.ValueKind == JsonValueKind.Object
            && integrity.TryGetProperty(Timestamp, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        return Compute(manifest, timestamp);
    }

    /// <summary>Computes both with the timestamp that <c>integrity</c> will have.</summary>
    /// <remarks>Both are over the same members, of which the artifacts are nearly all: each is brought to its canonical form once.</remarks>
    public static ManifestHashes Compute(JsonElement manifest, string? timestamp)
    {
        var canonical = new ArrayBufferWriter<byte>();
        var members = new List<(string Name, Range Place)>();
        foreach (var member in manifest.EnumerateObject())
        {
            if (member.Name is not ("integrity" or "distribution"))
            {
                var start = canonical.WrittenCount;
                CanonicalJson.WriteMember(canonical, member);
                members.Add((member.Name, start..canonical.WrittenCount));
            }
        }

        if (members.GroupBy(member => member.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new JsonException($"The key \"{twice.Key}\" stands twice.");
        }

        var manifestHash = Hash(canonical.WrittenSpan, members);
        if (timestamp is null)
        {
            return new ManifestHashes(manifestHash, null);
        }

        var written = canonical.WrittenCount;
        canonical.Write("\"timestamp\":"u8);
        CanonicalJsonString.Write(canonical, timestamp);
        var signed = members.Where(member => Array.IndexOf(Signed, member.Name) >= 0).Append((Timestamp, written..canonical.WrittenCount));
        return new ManifestHashes(manifestHash, Hash(canonical.WrittenSpan, signed));
    }

    /// <summary>Hashes the object that has these members.</summary>
    private static Sha256Digest Hash(ReadOnlySpan<byte> canonical, IEnumerable<(string Name, Range Place)> members)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var before = "{"u8;
        foreach (var (_, place) in members.OrderBy(member => member.Name, StringComparer.Ordinal))
        {
            hash.AppendData(before);
            hash.AppendData(canonical[place]);
            before = ","u8;
        }

        hash.AppendData(before[0] == (byte)'{' ? "{}"u8 : "}"u8);
        Span<byte> digest = stackalloc byte[Sha256Digest.Size];
        hash.GetHashAndReset(digest);
        return new Sha256Digest(digest);
    }
}
