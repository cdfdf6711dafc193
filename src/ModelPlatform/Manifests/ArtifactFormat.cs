namespace ModelPlatform.Manifests;

/// <summary>What a file is, by its name.</summary>
internal static class ArtifactFormat
{
    private static readonly Dictionary<string, string> ByExtension = new(StringComparer.OrdinalIgnoreCase)
    {
        [".onnx"] = "onnx",
        [".ort"] = "ort",
        [".gguf"] = "gguf",
        [".ggml"] = "ggml",
        [".safetensors"] = "safetensors",
        [".pt"] = "pytorch",
        [".pth"] = "pytorch",
        [".ckpt"] = "pytorch",
        [".bin"] = "bin",
        [".pb"] = "tensorflow",
        [".pbtxt"] = "tensorflow",
        [".tflite"] = "tflite",
        [".h5"] = "hdf5",
        [".keras"] = "keras",
        [".msgpack"] = "msgpack",
        [".npz"] = "numpy",
        [".npy"] = "numpy",
        [".mlmodel"] = "coreml",
        [".pkl"] = "pickle",
        [".onnx_data"] = "onnx-data",
        [".json"] = "json",
        [".txt"] = "text",
        [".md"] = "markdown",
        [".yaml"] = "yaml",
        [".yml"] = "yaml",
        [".toml"] = "toml",
        [".model"] = "sentencepiece",
        [".jinja"] = "jinja",
        [".py"] = "python",
        [".zip"] = "zip",
        [".tar"] = "tar",
        [".gz"] = "gzip",
    };

    /// <summary>The format; <c>binary</c> where the extension says nothing.</summary>
    public static string Of(string path) => ByExtension.GetValueOrDefault(Path.GetExtension(path), "binary");
}
