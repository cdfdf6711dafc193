namespace ModelPlatform.Sources.Runtimes;

/// <summary>What a model says of an input or an output.</summary>
/// <param name="Name">Its name.</param>
/// <param name="DataType">One of <see cref="TensorType"/>, or the runtime's own word for something that is not a tensor of numbers.</param>
/// <param name="Shape">Its dimensions, -1 where any size will do.</param>
public sealed record TensorDescription(string Name, string DataType, IReadOnlyList<long> Shape)
{
    /// <summary>Names of the dimensions, for example <c>batch</c>; empty where one has none.</summary>
    public IReadOnlyList<string> DimensionNames { get; init; } = [];
}
