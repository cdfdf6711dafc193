using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins;

/// <summary>What must hold of any inspection before the platform believes it, whichever plugin made it; and a copy of it in the host's own types.</summary>
internal static partial class InspectionRule
{
    private const int MostFiles = 100_000;
    private const int LongestMetadata = 1024 * 1024;

    public static Result<SourceInspection> Check(SourceInspection inspection, string source, IsolatedCall calls)
    {
        try
        {
            return CheckAndCopy(inspection, source);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Its lists are the plugin's own code, and nulls are possible where the contract forbids them.
            return calls.Fail($"the inspection by {source}", $"cannot be read: it {IsolatedCall.Describe(exception)}");
        }
    }

    private static Result<SourceInspection> CheckAndCopy(SourceInspection inspection, string source)
    {
        if (inspection.Variants.Count == 0)
        {
            return new PlatformError(ErrorCode.ModelNotFound, $"The source {source} found no files under this reference.");
        }

        if (inspection.Variants.Sum(variant => (long)variant.Files.Count) > MostFiles)
        {
            return new PlatformError(ErrorCode.IntegrityFailed, $"The source {source} lists more than {MostFiles} files.");
        }

        var variants = new List<SourceVariant>(inspection.Variants.Count);
        foreach (var variant in inspection.Variants)
        {
            if (FindFault(variant, source) is { } fault)
            {
                return fault;
            }

            variants.Add(new SourceVariant(variant.Name, [.. variant.Files.Select(Copy)], variant.Precision) { Aliases = [.. variant.Aliases], Quantization = variant.Quantization });
        }

        return new SourceInspection(variants, SafeName(inspection.SuggestedModelName))
        {
            Framework = inspection.Framework,
            Revision = inspection.Revision,
            IsGated = inspection.IsGated,
            Metadata = Copy(inspection.Metadata),
            Manifest = inspection.Manifest?.ToArray(),
        };
    }

    private static PlatformError? FindFault(SourceVariant variant, string source)
    {
        if (string.IsNullOrEmpty(variant.Name) || variant.Files.Count == 0)
        {
            return new PlatformError(ErrorCode.ModelNotFound, $"The source {source} lists a variant without a name or without files.");
        }

        var paths = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in variant.Files)
        {
            if (ArtifactPath.FindFault(file.Path) is { } fault)
            {
                return new PlatformError(ErrorCode.SecurityViolation, $"The source {source} lists a file whose name is refused: {fault}.");
            }

            if (!paths.Add(file.Path.Normalize()))
            {
                return new PlatformError(ErrorCode.IntegrityFailed, $"The source {source} lists the same path twice: {file.Path}.");
            }

            if (string.IsNullOrEmpty(file.Locator) || file.Size < 0 || IsBadHash(file.Sha256, 64) || IsBadHash(file.GitBlobSha1, 40) || HasBadChunks(file))
            {
                return new PlatformError(ErrorCode.IntegrityFailed, $"The source {source} says something impossible of {file.Path}: its size, a hash, or its chunks.");
            }
        }

        return null;
    }

    private static bool IsBadHash(string? hash, int length) => hash is not null && (hash.Length != length || !hash.All(char.IsAsciiHexDigitLower));

    private static bool HasBadChunks(SourceFile file) => file.ChunkHashes is { } chunks
        && (file.ChunkSize is not > 0 || file.Size is not { } size || chunks.Count != (size + file.ChunkSize.Value - 1) / file.ChunkSize.Value || chunks.Any(hash => IsBadHash(hash, 64)));

    private static SourceFile Copy(SourceFile file) => file with { ChunkHashes = file.ChunkHashes is null ? null : [.. file.ChunkHashes] };

    private static JsonObject Copy(JsonObject metadata)
    {
        var text = metadata.ToJsonString();
        return text.Length <= LongestMetadata ? JsonNode.Parse(text)!.AsObject() : throw new JsonException($"metadata is longer than {LongestMetadata} characters");
    }

    private static string SafeName(string? name)
    {
        var safe = Unsafe().Replace(name ?? string.Empty, "-").Trim('-', '.', '_');
        return safe.Length == 0 ? "model" : safe[..Math.Min(safe.Length, 96)];
    }

    [GeneratedRegex("[^A-Za-z0-9._-]+")]
    private static partial Regex Unsafe();
}
