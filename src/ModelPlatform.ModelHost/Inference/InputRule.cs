using ModelPlatform.Sources;
using ModelPlatform.Sources.Runtimes;

namespace ModelPlatform.ModelHost.Inference;

/// <summary>Checks inputs against what a model says of itself, so that a runtime only sees what can fit.</summary>
internal static class InputRule
{
    /// <summary>What is wrong with the inputs; null where they fit.</summary>
    public static PlatformError? FindFault(IReadOnlyList<NamedTensor> given, IReadOnlyList<TensorDescription> wanted)
    {
        var faults = new List<string>();
        foreach (var input in wanted.Where(input => !given.Any(tensor => tensor.Name == input.Name)))
        {
            faults.Add($"The input {input.Name} ({Describe(input)}) is missing.");
        }

        foreach (var tensor in given)
        {
            if (wanted.FirstOrDefault(input => input.Name == tensor.Name) is not { } input)
            {
                faults.Add($"There is no input {tensor.Name}; inputs: {string.Join(", ", wanted.Select(known => $"{known.Name} ({Describe(known)})"))}.");
            }
            else if (FindFault(tensor, input) is { } fault)
            {
                faults.Add(fault);
            }
        }

        return faults.Count == 0 ? null : new PlatformError(ErrorCode.InvalidRequest, $"Invalid inputs: {string.Join(" ", faults)}");
    }

    private static string? FindFault(NamedTensor tensor, TensorDescription input)
    {
        if (TensorType.SizeOf(input.DataType) == 0)
        {
            return $"The input {input.Name} is of type {input.DataType}, which cannot be sent.";
        }

        if (tensor.DataType != input.DataType)
        {
            return $"The input {input.Name} is {input.DataType}, not {tensor.DataType}.";
        }

        if (tensor.Shape.Count != input.Shape.Count || tensor.Shape.Where((size, i) => input.Shape[i] >= 0 && size != input.Shape[i]).Any())
        {
            return $"The shape [{string.Join(", ", tensor.Shape)}] does not fit the input {input.Name} ({Describe(input)}).";
        }

        return tensor.Shape.Any(size => size <= 0) ? $"The input {input.Name} has no elements." : null;
    }

    private static string Describe(TensorDescription input) => $"{input.DataType} [{string.Join(", ", input.Shape.Select(size => size < 0 ? "?" : $"{size}"))}]";
}
