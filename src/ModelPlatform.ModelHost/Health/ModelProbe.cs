using System.Buffers.Binary;
using ModelPlatform.Sources;
using ModelPlatform.Sources.Runtimes;

namespace ModelPlatform.ModelHost.Health;

/// <summary>Infers with inputs made up from the model's own shapes. Where a size may be anything, the first one the model takes is kept.</summary>
internal sealed class ModelProbe(ILoadedModel model)
{
    private const long LargestInput = 64 * 1024 * 1024;

    /// <summary>For images the sides, else lengths; tried in this order.</summary>
    private static readonly (int Side, int Length)[] Sizes = [(64, 8), (224, 1), (320, 16), (32, 128), (48, 2), (640, 64)];

    private volatile IReadOnlyList<NamedTensor>? known;

    /// <summary>Whether no made-up input was ever taken: then only real inferences tell how the model does.</summary>
    public bool IsImpossible { get; private set; }

    /// <summary>Remembers the shapes of inputs that the model took, for models whose inputs depend on each other.</summary>
    public void Learn(IReadOnlyList<NamedTensor> inputs)
    {
        if (IsImpossible && inputs.Sum(input => (long)input.Data.Length) <= LargestInput / 8)
        {
            known = [.. inputs.Select(input => input with { Data = input.Data.ToArray() })];
            IsImpossible = false;
        }
    }

    /// <summary>Runs the model once.</summary>
    /// <returns>The error where it failed, or where no inputs could be made up.</returns>
    public async ValueTask<Result<bool>> RunAsync(CancellationToken cancellationToken)
    {
        if (known is { } inputs)
        {
            return (await model.InferAsync(inputs, cancellationToken)).TryGet(out _, out var error) ? true : error;
        }

        var last = new PlatformError(ErrorCode.UnsupportedFramework, "No inputs can be made up for this model.");
        foreach (var (side, length) in Sizes)
        {
            if (MakeUp(side, length) is not { } made)
            {
                break;
            }

            if ((await model.InferAsync(made, cancellationToken)).TryGet(out _, out var error))
            {
                known = made;
                IsImpossible = false;
                return true;
            }

            last = error;
        }

        IsImpossible = true;
        return last;
    }

    private List<NamedTensor>? MakeUp(int side, int length)
    {
        var made = new List<NamedTensor>(model.Inputs.Count);
        foreach (var input in model.Inputs)
        {
            var isImage = input.Shape.Count >= 4;
            long[] shape = [.. input.Shape.Select((size, i) => size >= 0 ? size : i == 0 ? 1L : !isImage ? length : i == 1 ? 3L : side)];
            var size = TensorType.SizeOf(input.DataType);
            var count = shape.Aggregate(1L, (product, next) => product > LargestInput ? product : product * next);
            if (size == 0 || count * size > LargestInput)
            {
                return null;
            }

            made.Add(new NamedTensor(input.Name, input.DataType, shape, Fill(input.DataType, (int)count, size)));
        }

        return made;
    }

    /// <summary>Halves and ones: valid as pixels, as token ids, and as masks.</summary>
    private static byte[] Fill(string type, int count, int size)
    {
        var data = new byte[count * size];
        var span = data.AsSpan();
        for (var i = 0; i < count; i++)
        {
            var element = span.Slice(i * size, size);
            switch (type)
            {
                case TensorType.Float32: BinaryPrimitives.WriteSingleLittleEndian(element, 0.5f); break;
                case TensorType.Float64: BinaryPrimitives.WriteDoubleLittleEndian(element, 0.5); break;
                case TensorType.Float16: BinaryPrimitives.WriteHalfLittleEndian(element, (Half)0.5); break;
                default: element[0] = 1; break;
            }
        }

        return data;
    }
}
