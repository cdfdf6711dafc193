using System.Globalization;
using System.Text.RegularExpressions;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.HuggingFace.Variants;

/// <summary>Weights as safetensors, PyTorch pickles or TensorFlow files: single, or in shards with their index, at the root or in the folders of a pipeline.</summary>
internal static partial class TensorFileVariants
{
    private static readonly string[] Principal = ["model", "pytorch_model", "diffusion_pytorch_model", "adapter_model", "tf_model", "consolidated"];

    /// <summary>The files of one set of weights in one folder.</summary>
    private sealed record WeightSet(string Directory, string Stem, string Infix, IReadOnlyList<SourceFile> Files)
    {
        public int Rank => Array.IndexOf(Principal, Stem) is var index and >= 0 ? index : Principal.Length;
    }

    public static IEnumerable<FoundVariant> FindSafetensors(RepositoryLayout layout, WeightFacts facts) => Find(layout, "safetensors", ["safetensors"], facts);

    public static IEnumerable<FoundVariant> FindPytorch(RepositoryLayout layout, WeightFacts facts) => Find(layout, "pytorch", ["bin", "pt", "pth", "ckpt"], facts);

    public static IEnumerable<FoundVariant> FindTensorflow(RepositoryLayout layout)
    {
        var none = new WeightFacts(null, null, null);
        if (layout.In(string.Empty).FirstOrDefault(file => file.Path is "saved_model.pb") is { } graph)
        {
            var variables = layout.In("variables").Concat(layout.In("assets"));
            return [new FoundVariant(new SourceVariant("tensorflow", layout.WithCompanions(variables.Prepend(graph)), "unknown"), "tensorflow")];
        }

        return Find(layout, "tensorflow", ["h5"], none);
    }

    private static IEnumerable<FoundVariant> Find(RepositoryLayout layout, string framework, string[] endings, WeightFacts facts)
    {
        var sets = layout.Directories.ToList().SelectMany(directory => JoinByIndex(layout, directory, Sets(layout, directory, endings).ToList(), endings)).ToList();
        var parts = sets.Where(set => layout.ComponentDirectories.Contains(set.Directory)).ToList();
        var root = sets.Where(set => set.Directory.Length == 0).OrderBy(set => set.Rank).ThenBy(set => set.Infix.Length).ThenBy(set => set.Stem, StringComparer.Ordinal).ToList();
        // Diffusers keeps nothing at the root but stand-alone checkpoints; sentence-transformers keeps its model there.
        var isRootPart = root.Exists(set => set.Rank < Principal.Length);
        if (parts.Count > 0)
        {
            foreach (var infix in sets.Where(set => parts.Contains(set) || (isRootPart && root.Contains(set))).Select(set => set.Infix).Distinct().Order(StringComparer.Ordinal))
            {
                var folders = (isRootPart ? parts.Concat(root.Where(set => set.Rank < Principal.Length)) : parts).GroupBy(set => set.Directory, StringComparer.Ordinal);
                var chosen = folders.Select(folder => folder.OrderBy(set => set.Infix == infix ? 0 : set.Infix.Length == 0 ? 1 : 2).ThenBy(set => set.Rank).First());
                yield return ToVariant(layout, framework, infix.Length == 0 ? framework : infix, [.. chosen.OrderBy(set => set.Directory, StringComparer.Ordinal)], infix, facts);
            }

            root.RemoveAll(set => isRootPart && set.Rank < Principal.Length);
        }

        foreach (var set in root)
        {
            var isMain = parts.Count == 0 && set == root[0];
            var name = isMain ? framework : set.Infix.Length > 0 && set.Stem == root[0].Stem ? set.Infix : set.Infix.Length > 0 ? $"{set.Stem}-{set.Infix}" : set.Stem;
            yield return ToVariant(layout, framework, name, [set], set.Infix, facts);
        }

        if (root.Count == 0 && parts.Count == 0)
        {
            foreach (var folder in sets.Where(set => !Training().IsMatch(set.Directory)).GroupBy(set => set.Directory, StringComparer.Ordinal))
            {
                yield return ToVariant(layout, framework, folder.Key.Replace('/', '-'), [.. folder], string.Empty, facts);
            }
        }
    }

    private static FoundVariant ToVariant(RepositoryLayout layout, string framework, string name, IReadOnlyList<WeightSet> sets, string infix, WeightFacts facts) =>
        new(new SourceVariant(name, layout.WithCompanions(sets.SelectMany(set => set.Files)), infix.Length > 0 ? WeightFacts.PrecisionOf(infix) : facts.Precision)
        {
            Quantization = infix.Length > 0 ? null : facts.QuantizationMethod,
        }, framework);

    private static IEnumerable<WeightSet> Sets(RepositoryLayout layout, string directory, string[] endings)
    {
        var named = layout.In(directory)
            .Select(file => (File: file, Match: Weights().Match(RepositoryLayout.NameOf(file.Path))))
            .Where(weight => weight.Match.Success && endings.Contains(weight.Match.Groups["ending"].Value) && !Leftover().IsMatch(weight.Match.Value)
                && !IsOpenVino(layout, weight.File)).ToList();
        foreach (var group in named.GroupBy(weight => (Stem: weight.Match.Groups["stem"].Value, Infix: weight.Match.Groups["infix"].Value + weight.Match.Groups["infix2"].Value)))
        {
            var shards = group.Where(weight => weight.Match.Groups["part"].Success).ToList();
            var whole = group.Where(weight => !weight.Match.Groups["part"].Success).Select(weight => weight.File).ToList();
            if (whole.Count > 0)
            {
                yield return new WeightSet(directory, group.Key.Stem, group.Key.Infix, whole);
            }
            else if (IsComplete([.. shards.Select(weight => weight.Match)]))
            {
                var index = layout.In(directory).Where(file => IsIndex(RepositoryLayout.NameOf(file.Path), group.Key.Stem, group.Key.Infix, endings));
                yield return new WeightSet(directory, group.Key.Stem, group.Key.Infix, [.. shards.Select(weight => weight.File), .. index]);
            }
        }
    }

    // An index whose shards follow no pattern: they are all there is in its folder.
    private static List<WeightSet> JoinByIndex(RepositoryLayout layout, string directory, List<WeightSet> sets, string[] endings)
    {
        var index = layout.In(directory).FirstOrDefault(file => Array.Exists(Principal, stem => IsIndex(RepositoryLayout.NameOf(file.Path), stem, string.Empty, endings)));
        var named = index is null ? null : RepositoryLayout.NameOf(index.Path).Split('.')[0];
        return named is null || sets.Count < 2 || sets.Exists(set => set.Stem == named) ? sets
            : [new WeightSet(directory, named, string.Empty, [.. sets.SelectMany(set => set.Files), index!])];
    }

    private static bool IsComplete(IReadOnlyList<Match> shards)
    {
        var parts = shards.Select(match => int.Parse(match.Groups["part"].ValueSpan, CultureInfo.InvariantCulture)).Order().ToList();
        var count = int.Parse(shards[0].Groups["count"].ValueSpan, CultureInfo.InvariantCulture);
        return parts.Count == count && (parts.SequenceEqual(Enumerable.Range(1, count)) || parts.SequenceEqual(Enumerable.Range(0, count)));
    }

    private static bool IsIndex(string name, string stem, string infix, string[] endings) => endings.Any(ending =>
        name == $"{stem}.{ending}.index.json" && infix.Length == 0 || infix.Length > 0 && (name == $"{stem}.{ending}.index.{infix}.json" || name == $"{stem}.{infix}.{ending}.index.json"));

    private static bool IsOpenVino(RepositoryLayout layout, SourceFile file) => file.Path.EndsWith(".bin", StringComparison.Ordinal)
        && layout.In(RepositoryLayout.DirectoryOf(file.Path)).Any(other => other.Path == string.Concat(file.Path.AsSpan(0, file.Path.Length - 4), ".xml"));

    // model-00001-of-00003.safetensors, model.fp16-00001-of-00002.safetensors, consolidated.00.pth
    [GeneratedRegex(@"\A(?<stem>.+?)(?:\.(?<infix>fp16|bf16|fp32|fp8|int8|int4|non_ema))?(?:-(?<part>\d{5})-of-(?<count>\d{5})|\.\d\d(?=\.pth\z))?(?:\.(?<infix2>fp16|bf16|fp32|fp8|int8|int4|non_ema))?\.(?<ending>safetensors|bin|pt|pth|ckpt|h5)\z")]
    private static partial Regex Weights();

    [GeneratedRegex(@"\A(?:optimizer|scheduler|scaler|training_args|rng_state.*|random_states.*|.*-optim.*)\.\w+\z")]
    private static partial Regex Leftover();

    [GeneratedRegex(@"(?:\A|/)(?:checkpoint|step|epoch)[-_]?\d+(?:/|\z)")]
    private static partial Regex Training();
}
