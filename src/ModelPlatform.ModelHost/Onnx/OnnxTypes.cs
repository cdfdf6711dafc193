using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using ModelPlatform.Sources.Runtimes;

namespace ModelPlatform.ModelHost.Onnx;

/// <summary>ONNX Runtime's element types and descriptions in the contract's words.</summary>
internal static class OnnxTypes
{
    private static readonly Dictionary<TensorElementType, string> Words = new()
    {
        [TensorElementType.Float] = TensorType.Float32,
        [TensorElementType.Double] = TensorType.Float64,
        [TensorElementType.Float16] = TensorType.Float16,
        [TensorElementType.Int8] = TensorType.Int8,
        [TensorElementType.Int16] = TensorType.Int16,
        [TensorElementType.Int32] = TensorType.Int32,
        [TensorElementType.Int64] = TensorType.Int64,
        [TensorElementType.UInt8] = TensorType.UInt8,
        [TensorElementType.UInt16] = TensorType.UInt16,
        [TensorElementType.UInt32] = TensorType.UInt32,
        [TensorElementType.UInt64] = TensorType.UInt64,
        [TensorElementType.Bool] = TensorType.Bool,
    };

    private static readonly Dictionary<string, TensorElementType> Types = Words.ToDictionary(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal);

    public static string WordOf(TensorElementType type) => Words.GetValueOrDefault(type, type.ToString().ToLowerInvariant());

    public static TensorElementType TypeOf(string word) => Types[word];

    public static IReadOnlyList<TensorDescription> Describe(IReadOnlyList<string> names, IReadOnlyDictionary<string, NodeMetadata> metadata) => [.. names.Select(name => Describe(name, metadata[name]))];

    private static TensorDescription Describe(string name, NodeMetadata node) => node.OnnxValueType is OnnxValueType.ONNX_TYPE_TENSOR
        ? new TensorDescription(name, WordOf(node.ElementDataType), [.. node.Dimensions.Select(size => (long)size)]) { DimensionNames = node.SymbolicDimensions }
        : new TensorDescription(name, node.OnnxValueType.ToString().Replace("ONNX_TYPE_", string.Empty, StringComparison.Ordinal).ToLowerInvariant(), []);
}
