using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.HuggingFace.Variants;

/// <summary>A variant and the framework that loads it; null where that is not known.</summary>
internal sealed record FoundVariant(SourceVariant Variant, string? Framework);

/// <summary>What a repository declares about its numbers.</summary>
/// <param name="Dtype">As safetensors or torch spell it: <c>BF16</c>, <c>float16</c>.</param>
/// <param name="QuantizationMethod"><c>gptq</c>, <c>awq</c>, <c>bitsandbytes</c> …</param>
/// <param name="Bits">Bits per weight of that method.</param>
internal sealed record WeightFacts(string? Dtype, string? QuantizationMethod, int? Bits)
{
    /// <summary>The precision in the platform's words.</summary>
    public string Precision => Bits is { } bits ? $"int{bits}" : PrecisionOf(Dtype);

    public static string PrecisionOf(string? dtype) => dtype?.ToUpperInvariant() switch
    {
        "F64" or "FLOAT64" or "FP64" => "fp64",
        "F32" or "FLOAT32" or "FLOAT" or "FP32" => "fp32",
        "F16" or "FLOAT16" or "HALF" or "FP16" => "fp16",
        "BF16" or "BFLOAT16" => "bf16",
        "I8" or "INT8" => "int8",
        "U8" or "UINT8" => "uint8",
        "INT4" => "int4",
        { } other when other.StartsWith("F8", StringComparison.Ordinal) || other.StartsWith("FP8", StringComparison.Ordinal) || other.StartsWith("FLOAT8", StringComparison.Ordinal) => "fp8",
        _ => "unknown",
    };
}
