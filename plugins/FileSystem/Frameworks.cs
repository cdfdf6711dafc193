namespace ModelPlatform.Plugins.FileSystem;

/// <summary>What a model is made for, told from its files' names.</summary>
internal static class Frameworks
{
    private static readonly (string Framework, string[] Extensions)[] ByExtension =
    [
        ("onnx", [".onnx"]),
        ("gguf", [".gguf"]),
        ("safetensors", [".safetensors"]),
        ("tensorflow", [".pb", ".pbtxt", ".tflite", ".h5", ".keras"]),
        ("pytorch", [".pt", ".pth", ".bin", ".ckpt"]),
    ];

    /// <summary>The first in the order above of which there is a file; null where there is none.</summary>
    public static string? Detect(IEnumerable<string> paths)
    {
        var extensions = paths.Select(path => Path.GetExtension(path).ToLowerInvariant()).ToHashSet();
        return ByExtension.FirstOrDefault(entry => entry.Extensions.Any(extensions.Contains)).Framework;
    }
}
