using System.Text.RegularExpressions;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.HuggingFace.Variants;

/// <summary>A repository's files by place and by kind.</summary>
internal sealed partial class RepositoryLayout
{
    private static readonly string[] CompanionEndings = [".json", ".txt", ".model", ".spm", ".jinja", ".tiktoken", ".vocab", ".bpe", ".py", ".yaml", ".yml"];

    // What training leaves behind and other formats keep for themselves: no part of loading the weights at hand.
    private static readonly string[] ForeignDirectories = ["onnx", "openvino", "gguf", "coreml", "tflite", "flax", "original", "runs", "logs", "assets", "images", "eval"];

    private readonly ILookup<string, SourceFile> byDirectory;

    public RepositoryLayout(IReadOnlyList<SourceFile> files)
    {
        Files = [.. files.OrderBy(file => file.Path, StringComparer.Ordinal)];
        byDirectory = Files.ToLookup(file => DirectoryOf(file.Path), StringComparer.Ordinal);
        IsPipeline = byDirectory[string.Empty].Any(file => file.Path is "model_index.json" or "modules.json");
        ComponentDirectories = IsPipeline
            ? [.. byDirectory.Select(group => group.Key).Where(directory => directory.Length > 0 && !directory.Contains('/') && !ForeignDirectories.Contains(directory) && !Checkpoint().IsMatch(directory))]
            : [];
    }

    public IReadOnlyList<SourceFile> Files { get; }

    /// <summary>Whether the root says that folders hold the parts of one model (diffusers, sentence-transformers).</summary>
    public bool IsPipeline { get; }

    /// <summary>Those folders.</summary>
    public IReadOnlyList<string> ComponentDirectories { get; }

    public IEnumerable<string> Directories => byDirectory.Select(group => group.Key);

    public IEnumerable<SourceFile> In(string directory) => byDirectory[directory];

    /// <summary>Weights with everything beside them that loading needs: configuration, tokenizer, code, licence; of the root, of the components, of the weights' own folders.</summary>
    public IReadOnlyList<SourceFile> WithCompanions(IEnumerable<SourceFile> weights)
    {
        var chosen = weights.ToList();
        string[] places = [string.Empty, .. ComponentDirectories, .. chosen.Select(file => DirectoryOf(file.Path))];
        return [.. chosen.Concat(places.Distinct(StringComparer.Ordinal).SelectMany(place => byDirectory[place]).Where(IsCompanion)).DistinctBy(file => file.Path)];
    }

    public static string DirectoryOf(string path) => path.LastIndexOf('/') is var slash and >= 0 ? path[..slash] : string.Empty;

    public static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    private static bool IsCompanion(SourceFile file)
    {
        var name = NameOf(file.Path);
        return !name.StartsWith('.') && !Leftover().IsMatch(name)
            && (CompanionEndings.Any(ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase)) || Licence().IsMatch(name));
    }

    [GeneratedRegex(@"\A(?:LICEN[CS]E|NOTICE|COPYING|USE_POLICY)(?:[.-].*)?\z", RegexOptions.IgnoreCase)]
    private static partial Regex Licence();

    // Weight indexes belong to their own variant; requirements, results and states belong to training.
    [GeneratedRegex(@"\.index(?:\.\w+)?\.json\z|\Atrainer_state\.json\z|_results\.json\z|\Arequirements.*\.txt\z|\Atraining_args\b|\Areadme\b", RegexOptions.IgnoreCase)]
    private static partial Regex Leftover();

    [GeneratedRegex(@"\A(?:checkpoint|step|epoch)[-_]?\d+\z", RegexOptions.IgnoreCase)]
    private static partial Regex Checkpoint();
}
