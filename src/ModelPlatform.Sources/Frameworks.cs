namespace ModelPlatform.Sources;

/// <summary>The frameworks a model can be for, and how its files' names tell.</summary>
public static class Frameworks
{
    private static readonly (string Framework, string[] Extensions)[] ByExtension =
    [
        ("onnx", [".onnx"]),
        ("gguf", [".gguf"]),
        ("safetensors", [".safetensors"]),
        ("tensorflow", [".pb", ".pbtxt", ".tflite", ".h5", ".keras"]),
        ("pytorch", [".pt", ".pth", ".bin", ".ckpt"]),
    ];

    /// <summary>Detects the framework of a set of files; where they speak of several, the first of onnx, gguf, safetensors, tensorflow, pytorch.</summary>
    /// <returns>The framework, or null where no name tells.</returns>
    public static string? Detect(IEnumerable<string> paths)
    {
        var extensions = paths.Select(path => Path.GetExtension(path).ToLowerInvariant()).ToHashSet();
        return ByExtension.FirstOrDefault(entry => entry.Extensions.Any(extensions.Contains)).Framework;
    }
}
