using System.Collections.Frozen;

namespace ModelPlatform.Fetching;

/// <summary>The frameworks a model may be of.</summary>
public static class Frameworks
{
    /// <summary>What a caller may name for a model of none of the known: it is never detected.</summary>
    public const string Other = "other";

    private static readonly FrozenSet<string> Detected =
        FrozenSet.ToFrozenSet(["onnx", "tensorflow", "transformers", "ollama", "gguf", "safetensors", "pytorch"], StringComparer.Ordinal);

    /// <summary>The names, in ordinal order.</summary>
    public static IReadOnlyList<string> Known { get; } = [.. Detected.Append(Other).Order(StringComparer.Ordinal)];

    /// <summary>Whether a source may report it.</summary>
    public static bool IsDetectable(string framework) => Detected.Contains(framework);

    /// <summary>Whether a caller may name it.</summary>
    public static bool IsKnown(string framework) => framework == Other || Detected.Contains(framework);
}
