using System.Globalization;
using System.Text.RegularExpressions;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.HuggingFace.Variants;

/// <summary>GGUF files, one variant for each quantization in their names, split files together, with the projector a multimodal model needs.</summary>
internal static partial class GgufVariants
{
    private const string Framework = "gguf";

    private sealed record Gguf(SourceFile File, string Stem, string? Quantization, int Part, int Count);

    public static IEnumerable<FoundVariant> Find(RepositoryLayout layout)
    {
        var all = layout.Files.Where(file => file.Path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase)
            && !RepositoryLayout.NameOf(file.Path).StartsWith("imatrix", StringComparison.OrdinalIgnoreCase)).Select(Read).ToList();
        var projectors = all.Where(IsProjector).ToList();
        var groups = all.Where(gguf => !IsProjector(gguf)).GroupBy(gguf => gguf.Stem, StringComparer.Ordinal).Where(IsComplete).ToList();
        foreach (var group in groups.OrderBy(group => Preference(group.First().Quantization)).ThenBy(group => group.Key, StringComparer.Ordinal))
        {
            var quantization = group.First().Quantization;
            // Several models in one repository share a quantization: then the file's own name tells them apart.
            var isShared = groups.Any(other => other.Key != group.Key && other.First().Quantization == quantization);
            var name = quantization is null || isShared ? RepositoryLayout.NameOf(group.Key) : quantization;
            var weights = group.OrderBy(gguf => gguf.Part).Select(gguf => gguf.File).Concat(Projector(projectors, quantization) is { } projector ? [projector] : []);
            yield return new FoundVariant(new SourceVariant(name, layout.WithCompanions(weights), PrecisionOf(quantization)) { Quantization = quantization }, Framework);
        }
    }

    private static Gguf Read(SourceFile file)
    {
        var stem = file.Path[..^".gguf".Length];
        var (part, count) = (1, 1);
        if (Split().Match(stem) is { Success: true } split)
        {
            part = int.Parse(split.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
            count = int.Parse(split.Groups[2].ValueSpan, CultureInfo.InvariantCulture);
            stem = stem[..split.Index];
        }

        var inName = Quantizations().Matches(RepositoryLayout.NameOf(stem)).LastOrDefault();
        var quantization = inName ?? Quantizations().Matches(RepositoryLayout.NameOf(RepositoryLayout.DirectoryOf(file.Path))).LastOrDefault();
        return new Gguf(file, stem, quantization?.Groups[1].Value.ToUpperInvariant(), part, count);
    }

    private static bool IsProjector(Gguf gguf) => RepositoryLayout.NameOf(gguf.Stem).Contains("mmproj", StringComparison.OrdinalIgnoreCase);

    private static bool IsComplete(IGrouping<string, Gguf> parts)
    {
        var count = parts.First().Count;
        return parts.Count() == count && parts.Select(gguf => gguf.Part).Order().SequenceEqual(Enumerable.Range(1, count)) && parts.All(gguf => gguf.Count == count);
    }

    private static SourceFile? Projector(List<Gguf> projectors, string? quantization) =>
        projectors.OrderBy(projector => projector.Quantization == quantization ? 0 : projector.Quantization switch { "F16" or "FP16" => 1, "BF16" => 2, "F32" => 3, _ => 4 })
            .FirstOrDefault()?.File;

    // What llama.cpp takes when nobody says which: Q4_K_M, else Q8_0, else the first by name.
    private static int Preference(string? quantization) => quantization switch { "Q4_K_M" => 0, "Q8_0" => 1, _ => 2 };

    private static string PrecisionOf(string? quantization) => quantization switch
    {
        null => "unknown",
        "F32" or "FP32" => "fp32",
        "F16" or "FP16" => "fp16",
        "BF16" => "bf16",
        _ when quantization.Contains("FP4", StringComparison.Ordinal) => "fp4",
        _ => Digit().Match(quantization) is { Success: true } bits ? $"int{bits.Value}" : "unknown",
    };

    [GeneratedRegex(@"-(\d{5})-of-(\d{5})\z", RegexOptions.IgnoreCase)]
    private static partial Regex Split();

    [GeneratedRegex(@"(?<![A-Za-z0-9])((?:UD-)?(?:I?Q\d(?:_[A-Za-z0-9]+)*|TQ\d_\d|MXFP4(?:_MOE)?|NVFP4|BF16|F16|F32|FP16|FP32))(?![A-Za-z0-9])", RegexOptions.IgnoreCase)]
    private static partial Regex Quantizations();

    [GeneratedRegex(@"(?<=Q)\d")]
    private static partial Regex Digit();
}
