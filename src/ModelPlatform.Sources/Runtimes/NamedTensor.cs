namespace ModelPlatform.Sources.Runtimes;

/// <summary>An input or an output.</summary>
/// <param name="Name">Its name in the model.</param>
/// <param name="DataType">One of <see cref="TensorType"/>.</param>
/// <param name="Shape">Its dimensions.</param>
/// <param name="Data">The elements in row-major order, little-endian; as long as shape and type say.</param>
public sealed record NamedTensor(string Name, string DataType, IReadOnlyList<long> Shape, ReadOnlyMemory<byte> Data);
