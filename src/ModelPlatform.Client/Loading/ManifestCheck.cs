using System.Security.Cryptography;
using System.Text.Json;
using ModelPlatform.Client.Connection;
using ModelPlatform.Client.Models;

namespace ModelPlatform.Client.Loading;

/// <summary>What a manifest says about itself must be consistent before a single byte is asked for.</summary>
internal static class ManifestCheck
{
    private static readonly byte[] EmptyTree = SHA256.HashData("{\"empty\":true}"u8);

    /// <returns>What is wrong; null where nothing is.</returns>
    public static ApiProblem? Check(ManifestDocument document)
    {
        var manifest = document.Manifest;
        using var json = JsonDocument.Parse(document.Utf8Json);
        var hash = Convert.ToHexStringLower(SHA256.HashData(CanonicalJson.Serialize(json.RootElement, "integrity", "distribution")));
        if (manifest.Integrity?.ManifestHash is { } stated && stated != hash)
        {
            return Wrong($"The manifest of {manifest.Model.Id} states hash {stated} and has {hash}.");
        }

        if (manifest.Artifacts.Count == 0)
        {
            return Wrong($"The manifest of {manifest.Model.Id} names no file.");
        }

        var paths = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var file in manifest.Artifacts)
        {
            if (Fault(file, paths) is { } fault)
            {
                return Wrong($"{file.Path}: {fault}");
            }
        }

        return manifest.Integrity?.MerkleRoot is { } root && root != manifest.Artifacts[0].MerkleRoot ? Wrong("The Merkle root of the manifest is not that of its primary file.") : null;
    }

    private static string? Fault(ManifestArtifact file, HashSet<string> paths)
    {
        if (!IsSafePath(file.Path) || !paths.Add(file.Path))
        {
            return "the path leaves the model's directory, or is there twice";
        }

        if (file.Chunking is not { } chunking || file.Size < 0 || chunking.ChunkSize is <= 0 or > 1 << 30)
        {
            return "its chunks are not described";
        }

        if (chunking.ChunkCount != chunking.ChunkHashes.Count || chunking.ChunkCount != (file.Size + chunking.ChunkSize - 1) / chunking.ChunkSize)
        {
            return "size, chunk size, count and hashes do not fit";
        }

        if (!IsHash(file.Sha256) || !chunking.ChunkHashes.All(IsHash))
        {
            return "a hash is none";
        }

        return file.MerkleRoot is { } root && root != MerkleRoot(chunking.ChunkHashes) ? "the Merkle root does not follow from the chunk hashes" : null;
    }

    private static string MerkleRoot(IReadOnlyList<string> hashes)
    {
        if (hashes.Count == 0)
        {
            return Convert.ToHexStringLower(EmptyTree);
        }

        var level = hashes.Select(Convert.FromHexString).ToList();
        while (level.Count > 1)
        {
            level = [.. level.Chunk(2).Select(pair => SHA256.HashData([.. pair[0], .. pair[^1]]))];
        }

        return Convert.ToHexStringLower(level[0]);
    }

    private static bool IsSafePath(string path) =>
        path.Length is > 0 and <= 1_024
        && !Path.IsPathRooted(path)
        && path.Split('/').All(part => part.Length > 0 && part is not ("." or "..") && part.IndexOfAny(['\\', ':', '\0']) < 0 && !part.Any(char.IsControl));

    private static bool IsHash(string hash) => hash.Length == 64 && hash.All(c => c is (>= '0' and <= '9') or (>= 'a' and <= 'f'));

    public static ApiProblem Wrong(string message) => new() { Error = message, Code = ProblemCode.IntegrityFailed };
}
