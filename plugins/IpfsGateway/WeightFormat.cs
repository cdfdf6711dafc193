namespace ModelPlatform.Plugins.IpfsGateway;

/// <summary>Which framework a file's name speaks for.</summary>
internal static class WeightFormat
{
    /// <returns>A framework of the platform; null where the file holds no weights.</returns>
    public static string? Of(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".onnx" => "onnx",
        ".gguf" => "gguf",
        ".safetensors" => "safetensors",
        ".pb" or ".pbtxt" or ".h5" => "tensorflow",
        ".pt" or ".pth" or ".ckpt" => "pytorch",
        ".bin" when Path.GetFileName(path).StartsWith("pytorch_model", StringComparison.Ordinal) => "pytorch",
        _ => null,
    };
}
