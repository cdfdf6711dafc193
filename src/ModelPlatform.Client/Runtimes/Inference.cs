using System.Text.Json;
using System.Text.Json.Serialization;

namespace ModelPlatform.Client.Runtimes;

/// <summary>Inputs of an inference.</summary>
public sealed record InferenceRequest
{
    /// <summary>Tensors by name.</summary>
    public IReadOnlyDictionary<string, TensorData> Inputs { get; init; } = new Dictionary<string, TensorData>();
}

/// <summary>Outputs of an inference.</summary>
public sealed record InferenceResult
{
    /// <summary>Tensors by name.</summary>
    public IReadOnlyDictionary<string, TensorData> Outputs { get; init; } = new Dictionary<string, TensorData>();

    /// <summary>How long the runtime took.</summary>
    public double Milliseconds { get; init; }
}

/// <summary>A tensor.</summary>
public sealed record TensorData
{
    /// <summary>float32, float64, float16, int8 … uint64, bool.</summary>
    [JsonPropertyName("dtype")]
    public string DataType { get; init; } = "float32";

    /// <summary>Its dimensions.</summary>
    public IReadOnlyList<long> Shape { get; init; } = [];

    /// <summary>The elements in row-major order: a JSON list of numbers or truth values.</summary>
    public JsonElement Data { get; init; }

    /// <summary>A tensor of floats.</summary>
    public static TensorData Of(IReadOnlyList<long> shape, float[] elements) => new() { Shape = shape, Data = JsonSerializer.SerializeToElement(elements, Connection.ApiJson.Default.SingleArray) };

    /// <summary>The elements as floats, whatever their type; NaN where the model gave none that is finite.</summary>
    public float[] ToFloats() => [.. Data.EnumerateArray().Select(element => element.ValueKind switch
    {
        JsonValueKind.Number => element.GetSingle(),
        JsonValueKind.True => 1,
        JsonValueKind.False => 0,
        _ => float.NaN,
    })];
}
