namespace ModelPlatform.Sources.Runtimes;

/// <summary>A file of a model.</summary>
/// <param name="Path">Relative path with forward slashes.</param>
/// <param name="Size">Length in bytes.</param>
/// <param name="Format">onnx, gguf, safetensors, json …, where known.</param>
public sealed record RuntimeArtifact(string Path, long Size, string? Format);
