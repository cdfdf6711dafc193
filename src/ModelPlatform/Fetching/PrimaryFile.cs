using System.Collections.Frozen;
using ModelPlatform.Sources;

namespace ModelPlatform.Fetching;

/// <summary>Which file of a model is the primary artifact: the first weight file, else the first file.</summary>
public static class PrimaryFile
{
    private static readonly FrozenSet<string> WeightExtensions = FrozenSet.ToFrozenSet(
        [".onnx", ".ort", ".gguf", ".ggml", ".safetensors", ".bin", ".pt", ".pth", ".pb", ".tflite", ".h5", ".keras", ".ckpt", ".msgpack", ".npz", ".mlmodel"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Index of the primary file; -1 where there is no file.</summary>
    public static int IndexOf(IReadOnlyList<SourceFile> files) => IndexOf(files, file => file.Path);

    /// <summary>The same for whatever else has paths.</summary>
    internal static int IndexOf<T>(IReadOnlyList<T> files, Func<T, string> pathOf)
    {
        ArgumentNullException.ThrowIfNull(files);
        for (var i = 0; i < files.Count; i++)
        {
            if (IsWeight(pathOf(files[i])))
            {
                return i;
            }
        }

        return files.Count > 0 ? 0 : -1;
    }

    /// <summary>Whether a path names weights.</summary>
    public static bool IsWeight(string path) => WeightExtensions.Contains(Path.GetExtension(path));
}
