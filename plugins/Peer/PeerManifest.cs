using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Peer;

/// <summary>A site's manifest, as far as a download needs it: every count, size and hash of it agrees with the others.</summary>
internal sealed record PeerManifest(string Model, string Version, IReadOnlyList<SourceFile> Files, string? Revision, string? Variant, string? Framework, string? Quantization, JsonObject Metadata)
{
    private const int SmallestChunk = 1024;
    private const int LargestChunk = 1024 * 1024 * 1024;

    /// <summary>Reads and checks it.</summary>
    public static Result<PeerManifest> Read(ReadOnlyMemory<byte> manifest, Site site)
    {
        try
        {
            using var document = JsonDocument.Parse(manifest, new JsonDocumentOptions { MaxDepth = 32, AllowDuplicateProperties = false });
            return Read(document.RootElement, site);
        }
        catch (JsonException)
        {
            return new PlatformError(ErrorCode.IntegrityFailed, $"The site {site.Name} does not answer with a manifest. Check that its address is that of a ModelPlatform.");
        }
    }

    private static Result<PeerManifest> Read(JsonElement json, Site site)
    {
        try
        {
            var model = json.GetProperty("model");
            var (name, version) = (Text(model, "name"), Text(model, "version"));
            if (PeerReference.Parse($"{site.Name}/{name}:{version}").Error is not null)
            {
                return Fault(site, "its model has an impossible name or version");
            }

            if (Text(json, "schemaVersion").Split('.')[0] != "2")
            {
                return new PlatformError(ErrorCode.IntegrityFailed, $"The site {site.Name} speaks a manifest of another version than 2. Update the older of the two platforms.");
            }

            var files = new List<SourceFile>();
            foreach (var artifact in json.GetProperty("artifacts").EnumerateArray())
            {
                if (!ReadFile(artifact, site, name, version).TryGet(out var file, out var error))
                {
                    return error;
                }

                files.Add(file);
            }

            return files.Count == 0 ? Fault(site, "it names no artifact")
                : new PeerManifest(
                    name, version, files, Optional(json, "integrity", "manifestHash"), Optional(model, "variant"), Optional(model, "framework"),
                    Optional(json.GetProperty("artifacts")[0], "quantization"), Describe(json, site, name, version));
        }
        catch (Exception exception) when (exception is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return Fault(site, "a member is missing or of the wrong type");
        }
    }

    private static Result<SourceFile> ReadFile(JsonElement artifact, Site site, string name, string version)
    {
        var path = Text(artifact, "path");
        if (ArtifactPath.FindFault(path) is { } fault)
        {
            return new PlatformError(ErrorCode.SecurityViolation, $"The manifest of the site {site.Name} names a file whose path is refused: {fault}. Nothing was fetched; tell whoever runs that site.");
        }

        var chunking = artifact.GetProperty("chunking");
        var (size, sha256) = (artifact.GetProperty("size").GetInt64(), Text(artifact, "sha256"));
        var (chunkSize, count) = (chunking.GetProperty("chunkSize").GetInt32(), chunking.GetProperty("chunkCount").GetInt64());
        string[] hashes = [.. chunking.GetProperty("chunkHashes").EnumerateArray().Select(hash => hash.GetString() ?? "")];
        if (size < 0 || chunkSize is < SmallestChunk or > LargestChunk || count != hashes.Length || count != (size / chunkSize) + (size % chunkSize == 0 ? 0 : 1))
        {
            return Fault(site, $"size and chunks of {path} do not agree");
        }

        if (!hashes.Append(sha256).All(hash => hash.Length == 64 && hash.All(char.IsAsciiHexDigitLower)))
        {
            return Fault(site, $"a hash of {path} is none");
        }

        // Of nothing there is no tree: that root is of canonical JSON, and there is nothing it could prove.
        if (hashes.Length > 0 && Optional(artifact, "merkleRoot") is { } root && root != MerkleRoot(hashes))
        {
            return Fault(site, $"the Merkle root of {path} is not that of its chunks");
        }

        return new SourceFile(path, new PeerReference(site.Name, name, version, path).Locator)
        {
            Size = size,
            Sha256 = sha256,
            Validator = $"\"{sha256}\"",
            AcceptsRanges = true,
            ChunkSize = chunkSize,
            ChunkHashes = hashes,
        };
    }

    private static string MerkleRoot(IReadOnlyList<string> hashes)
    {
        var level = hashes.Select(Convert.FromHexString).ToList();
        while (level.Count > 1)
        {
            level = [.. level.Chunk(2).Select(pair => SHA256.HashData([.. pair[0], .. pair[^1]]))];
        }

        return Convert.ToHexStringLower(level[0]);
    }

    private static JsonObject Describe(JsonElement json, Site site, string name, string version)
    {
        var metadata = new JsonObject { ["description"] = $"{name}:{version} of the site {site.Name}", ["tags"] = new JsonArray("peer", "imported") };
        if (json.GetProperty("model").TryGetProperty("capabilities", out var capabilities) && capabilities.ValueKind == JsonValueKind.Array)
        {
            metadata["capabilities"] = JsonNode.Parse(capabilities.GetRawText());
        }

        return metadata;
    }

    private static string Text(JsonElement parent, string name) => parent.GetProperty(name).GetString() ?? throw new FormatException();

    private static string? Optional(JsonElement parent, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            if (parent.ValueKind != JsonValueKind.Object || !parent.TryGetProperty(name, out parent))
            {
                return null;
            }
        }

        return parent.ValueKind == JsonValueKind.String ? parent.GetString() : null;
    }

    private static PlatformError Fault(Site site, string what) => new(ErrorCode.IntegrityFailed, $"The manifest of the site {site.Name} is not believed: {what}. Nothing was fetched; tell whoever runs that site.");
}
