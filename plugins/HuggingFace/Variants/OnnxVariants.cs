using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.HuggingFace.Variants;

/// <summary>ONNX files, one variant for each dtype of transformers.js: <c>model.onnx</c> is fp32, <c>model_q4f16.onnx</c> is q4f16, below <c>onnx/</c> or at the root.</summary>
internal static class OnnxVariants
{
    private const string Framework = "transformers";
    private const string Ending = ".onnx";

    private static readonly (string Suffix, string Name, string Precision, string? Quantization)[] Dtypes =
    [
        ("_fp16", "fp16", "fp16", null), ("_quantized", "q8", "int8", "q8"), ("_int8", "int8", "int8", "int8"), ("_uint8", "uint8", "uint8", "uint8"),
        ("_q4f16", "q4f16", "int4", "q4f16"), ("_q4", "q4", "int4", "q4"), ("_bnb4", "bnb4", "int4", "bnb4"), ("_q2f16", "q2f16", "int2", "q2f16"), ("_q2", "q2", "int2", "q2"),
    ];

    // Where a part of a model was not published in a dtype, the nearest one that was.
    private static readonly string[] Substitutes = ["fp32", "fp16", "q8", "int8", "uint8", "q4", "q4f16", "bnb4"];

    /// <summary>A file, the part of the model it is, and its dtype.</summary>
    private sealed record Graph(SourceFile File, string Part, string Dtype);

    public static IEnumerable<FoundVariant> Find(RepositoryLayout layout)
    {
        var all = layout.Files.Where(file => file.Path.EndsWith(Ending, StringComparison.OrdinalIgnoreCase)).ToList();
        if (all.Count == 0)
        {
            yield break;
        }

        var pool = Pool(layout, all);
        var graphs = Classify(pool);
        var dtypes = graphs.Select(graph => graph.Dtype).Distinct(StringComparer.OrdinalIgnoreCase)
            .OrderBy(dtype => Rank(dtype)).ThenBy(dtype => dtype, StringComparer.Ordinal).ToList();
        foreach (var dtype in dtypes)
        {
            yield return ToVariant(layout, graphs, dtype, dtypes);
        }

        // Exports for one device each (onnxruntime-genai) stand in folders of their own.
        foreach (var folder in all.Except(pool).GroupBy(file => RepositoryLayout.DirectoryOf(file.Path), StringComparer.Ordinal))
        {
            var name = folder.Key.Length == 0 ? "root" : folder.Key.Replace('/', '-');
            var weights = folder.SelectMany(file => WithData(layout, file));
            yield return new FoundVariant(new SourceVariant(name, layout.WithCompanions(weights), PrecisionIn(name)), Framework);
        }
    }

    private static List<SourceFile> Pool(RepositoryLayout layout, List<SourceFile> all)
    {
        var below = all.Where(file => RepositoryLayout.DirectoryOf(file.Path) == "onnx").ToList();
        return below.Count > 0 ? below
            : [.. all.Where(file => RepositoryLayout.DirectoryOf(file.Path) is var directory && (directory.Length == 0 || layout.ComponentDirectories.Contains(directory)))];
    }

    private static List<Graph> Classify(List<SourceFile> pool)
    {
        var stems = pool.ToDictionary(file => file.Path, file => file.Path[..^Ending.Length], StringComparer.Ordinal);
        var plain = stems.Values.ToHashSet(StringComparer.Ordinal);
        var graphs = new List<Graph>();
        foreach (var (path, stem) in stems)
        {
            var file = pool.First(candidate => candidate.Path == path);
            var known = Array.Find(Dtypes, dtype => stem.EndsWith(dtype.Suffix, StringComparison.OrdinalIgnoreCase));
            var directory = RepositoryLayout.DirectoryOf(path);
            var model = directory.Length == 0 ? "model" : directory + "/model";
            graphs.Add(known.Suffix is not null ? new Graph(file, stem[..^known.Suffix.Length], known.Name)
                // model_O3.onnx, model_qint8_avx512.onnx beside model.onnx: another export of the same, not another part.
                : plain.Contains(model) && stem.StartsWith(model + "_", StringComparison.Ordinal) ? new Graph(file, model, stem[(model.Length + 1)..])
                : new Graph(file, stem, "fp32"));
        }

        // A merged decoder stands for both halves it was made of.
        var merged = graphs.Where(graph => graph.Part.EndsWith("decoder_model_merged", StringComparison.Ordinal)).ToList();
        graphs.RemoveAll(graph => merged.Exists(whole => whole.Dtype == graph.Dtype && whole.Part[..^"_merged".Length] is var half
            && (graph.Part == half || graph.Part == half[..^"_model".Length] + "_with_past_model")));
        return graphs;
    }

    private static FoundVariant ToVariant(RepositoryLayout layout, List<Graph> graphs, string dtype, List<string> dtypes)
    {
        var weights = graphs.GroupBy(graph => graph.Part, StringComparer.Ordinal).Select(part =>
            part.FirstOrDefault(graph => graph.Dtype == dtype)
            ?? Substitutes.Select(other => part.FirstOrDefault(graph => graph.Dtype == other)).FirstOrDefault(graph => graph is not null)
            ?? part.First());
        var known = Array.Find(Dtypes, candidate => candidate.Name == dtype);
        var files = layout.WithCompanions(weights.OrderByDescending(graph => graph.Dtype == dtype).SelectMany(graph => WithData(layout, graph.File)));
        return new FoundVariant(new SourceVariant(dtype, files, known.Precision ?? (dtype == "fp32" ? "fp32" : PrecisionIn(dtype)))
        {
            Aliases = Aliases(dtype, dtypes),
            Quantization = known.Quantization ?? (known.Name is null && PrecisionIn(dtype) is "int8" or "uint8" or "int4" ? dtype : null),
        }, Framework);
    }

    private static string[] Aliases(string dtype, List<string> dtypes) => dtype switch
    {
        "fp32" => ["default"],
        "q8" => dtypes.Contains("int8") ? ["quantized"] : ["quantized", "int8"],
        "int8" => dtypes.Contains("q8") ? [] : ["quantized", "q8"],
        _ => [],
    };

    /// <summary>A graph and the files that hold its tensors: <c>model.onnx_data</c>, <c>model.onnx_data_1</c>, <c>model.onnx.data</c>.</summary>
    private static IEnumerable<SourceFile> WithData(RepositoryLayout layout, SourceFile graph) =>
        layout.In(RepositoryLayout.DirectoryOf(graph.Path)).Where(file => file.Path.StartsWith(graph.Path + "_data", StringComparison.Ordinal)
            || file.Path.StartsWith(graph.Path + ".data", StringComparison.Ordinal)).Prepend(graph);

    private static int Rank(string dtype) => dtype == "fp32" ? -1 : Array.FindIndex(Dtypes, known => known.Name == dtype) is var index and >= 0 ? index : int.MaxValue;

    private static string PrecisionIn(string name) =>
        name.Contains("fp16", StringComparison.OrdinalIgnoreCase) || name == "O4" ? "fp16"
        : name.Contains("uint8", StringComparison.OrdinalIgnoreCase) ? "uint8"
        : name.Contains("int8", StringComparison.OrdinalIgnoreCase) ? "int8"
        : name.Contains("int4", StringComparison.OrdinalIgnoreCase) ? "int4"
        : name.Contains("fp32", StringComparison.OrdinalIgnoreCase) || name is "O1" or "O2" or "O3" ? "fp32"
        : "unknown";
}
