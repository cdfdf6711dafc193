using ModelPlatform.Integrity;
using ModelPlatform.Registry;
using ModelPlatform.Sources;

namespace ModelPlatform.Manifests;

/// <summary>The rules a manifest's values must keep among themselves. Every text names the member, what was expected and what stands there.</summary>
internal static class ManifestStructure
{
    /// <summary>Numbers in JSON are doubles to most readers: a size above this cannot be told exactly.</summary>
    private const long MaxSize = (1L << 53) - 1;

    private const int MaxChunkSize = 1 << 30;
    private const int MaxArtifacts = 100_000;

    /// <summary>Adds a text for each broken rule; the root mismatch reads exactly <c>Merkle root mismatch</c> where it is the primary artifact's.</summary>
    public static void Check(Manifest manifest, List<string> errors)
    {
        CheckIdentity(manifest, errors);
        if (manifest.Artifacts.Count == 0)
        {
            errors.Add("No artifacts defined");
            return;
        }

        if (manifest.Artifacts.Count > MaxArtifacts)
        {
            errors.Add($"artifacts has {manifest.Artifacts.Count} members, more than {MaxArtifacts}");
            return;
        }

        var paths = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < manifest.Artifacts.Count; i++)
        {
            CheckArtifact(manifest.Artifacts[i], $"artifacts[{i}]", i == 0, paths, errors);
        }

        CheckIntegrity(manifest, errors);
    }

    private static void CheckIdentity(Manifest manifest, List<string> errors)
    {
        var model = manifest.Model;
        if (string.IsNullOrEmpty(model.Id))
        {
            errors.Add("Missing model.id");
        }

        if (string.IsNullOrEmpty(model.Version))
        {
            errors.Add("Missing model.version");
        }

        if (!ModelId.IsValidName(model.Name) || !ModelId.IsValidVersion(model.Version) || model.Id != $"{model.Name}:{model.Version}" || manifest.Version != model.Version)
        {
            errors.Add($"model.id '{model.Id}', model.name '{model.Name}', model.version '{model.Version}' and version '{manifest.Version}' do not name one model");
        }

        if (model.MemoryRequirement is < 0 or > MaxSize)
        {
            errors.Add($"model.memoryRequirement is {model.MemoryRequirement}");
        }

        if (manifest.Trust is { MinimumSignaturesRequired: < 0 })
        {
            errors.Add($"trust.minimumSignaturesRequired is {manifest.Trust.MinimumSignaturesRequired}");
        }
    }

    private static void CheckArtifact(ManifestArtifact? artifact, string name, bool isPrimary, HashSet<string> paths, List<string> errors)
    {
        if (artifact is null)
        {
            errors.Add($"{name} is null");
            return;
        }

        if (ArtifactPath.FindFault(artifact.Path) is { } fault)
        {
            errors.Add($"{name}.path: {fault}");
        }
        else if (!paths.Add(artifact.Path))
        {
            errors.Add($"{name}.path '{artifact.Path}' stands twice, perhaps in another case");
        }

        var chunking = artifact.Chunking;
        if (artifact.Size is < 0 or > MaxSize)
        {
            errors.Add($"{name}.size is {artifact.Size}");
        }
        else if (chunking.ChunkSize is <= 0 or > MaxChunkSize)
        {
            errors.Add($"{name}.chunking.chunkSize is {chunking.ChunkSize}");
        }
        else if (ChunkCount(artifact.Size, chunking.ChunkSize) is var expected && (chunking.ChunkCount != expected || chunking.ChunkHashes.Count != expected))
        {
            errors.Add($"{name}.chunking: {artifact.Size} bytes in chunks of {chunking.ChunkSize} are {expected} chunks, but chunkCount is {chunking.ChunkCount} and chunkHashes has {chunking.ChunkHashes.Count}");
        }
        else if (chunking.Tree.Root != artifact.MerkleRoot)
        {
            errors.Add(isPrimary ? "Merkle root mismatch" : $"Merkle root mismatch: {name}");
        }
    }

    private static void CheckIntegrity(Manifest manifest, List<string> errors)
    {
        if (manifest.Integrity is not { } integrity || manifest.Artifacts[0] is not { } primary)
        {
            return;
        }

        if (integrity.MerkleRoot != primary.MerkleRoot && !errors.Contains("Merkle root mismatch"))
        {
            errors.Add("Merkle root mismatch");
        }

        if (integrity.Chunking.ChunkSize != primary.Chunking.ChunkSize || integrity.Chunking.ChunkCount != primary.Chunking.ChunkCount
            || !integrity.Chunking.ChunkHashes.SequenceEqual(primary.Chunking.ChunkHashes))
        {
            errors.Add("integrity.chunking differs from artifacts[0].chunking");
        }

        if (integrity.Signatures.Any(signature => signature is null))
        {
            errors.Add("integrity.signatures holds null");
        }
    }

    /// <summary>How many chunks a file has.</summary>
    public static long ChunkCount(long size, int chunkSize) => (size / chunkSize) + (size % chunkSize == 0 ? 0 : 1);
}
