namespace ModelPlatform.Manifests;

/// <summary>What a file is, by its name.</summary>
internal static class ArtifactFormat
{
    private static readonly Dictionary<string, (string Format, bool IsWeight)> ByExtension = new(StringComparer.OrdinalIgnoreCase)
    {
        [".onnx"] = ("onnx", true),
        [".gguf"] = ("gguf", true),
        [".ggml"] = ("ggml", true),
        [".safetensors"] = ("safetensors", true),
        [".pt"] = ("pytorch", true),
        [".pth"] = ("pytorch", true),
        [".ckpt"] = ("pytorch", true),
        [".bin"] = ("bin", true),
        [".pb"] = ("tensorflow", true),
        [".pbtxt"] = ("tensorflow", true),
        [".tflite"] = ("tflite", true),
        [".h5"] = ("hdf5", true),
        [".keras"] = ("keras", true),
        [".msgpack"] = ("msgpack", true),
        [".npz"] = ("numpy", true),
        [".npy"] = ("numpy", true),
        [".mlmodel"] = ("coreml", true),
        [".pkl"] = ("pickle", true),
        [".onnx_data"] = ("onnx-data", false),
        [".json"] = ("json", false),
        [".txt"] = ("text", false),
        [".md"] = ("markdown", false),
        [".yaml"] = ("yaml", false),
        [".yml"] = ("yaml", false),
        [".toml"] = ("toml", false),
        [".model"] = ("sentencepiece", false),
        [".jinja"] = ("jinja", false),
        [".py"] = ("python", false),
        [".zip"] = ("zip", false),
        [".tar"] = ("tar", false),
        [".gz"] = ("gzip", false),
    };

    /// <summary>The format; <c>binary</c> where the extension says nothing.</summary>
    public static string Of(string path) => ByExtension.TryGetValue(Path.GetExtension(path), out var known) ? known.Format : "binary";

    /// <summary>Whether the file holds a model's weights or graph.</summary>
    public static bool IsWeight(string path) =>
        ByExtension.TryGetValue(Path.GetExtension(path), out var known) && known.IsWeight && !Path.GetFileName(path).StartsWith("training_args", StringComparison.Ordinal);
}
