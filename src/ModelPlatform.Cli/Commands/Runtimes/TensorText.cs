using ModelPlatform.Client.Runtimes;

namespace ModelPlatform.Cli.Commands.Runtimes;

/// <summary>Tensors as people read them.</summary>
internal static class TensorText
{
    public static string Of(IEnumerable<TensorInfo> tensors) => string.Join("; ", tensors.Select(tensor => $"{tensor.Name} {tensor.DataType} [{string.Join(", ", tensor.Shape.Select(size => size < 0 ? "?" : $"{size}"))}]"));
}
