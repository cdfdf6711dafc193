using System.Buffers.Binary;

namespace ModelPlatform.Api.Uploads;

/// <summary>Tells a model file's framework by its first bytes.</summary>
internal static class FileSignature
{
    /// <summary>The framework; null where the bytes are of none that can be told.</summary>
    public static string? Detect(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith("GGUF"u8))
        {
            return "gguf";
        }

        if (head.StartsWith("PK\x3\x4"u8))
        {
            return "pytorch";
        }

        // The length of a JSON header, then the header.
        if (head.Length > 8 && head[8] == (byte)'{' && BinaryPrimitives.ReadUInt64LittleEndian(head) is > 1 and < 100_000_000)
        {
            return "safetensors";
        }

        // Protocol buffer field 1, ir_version: a small number; then field 2, producer_name, or field 7, graph.
        return head.Length > 3 && head[0] == 0x08 && head[1] is > 0 and < 32 && head[2] is (0x12 or 0x3a) ? "onnx" : null;
    }

    /// <summary>The name a file of a framework usually has.</summary>
    public static string FileNameOf(string framework) => framework switch
    {
        "onnx" => "model.onnx",
        "gguf" or "ollama" => "model.gguf",
        "safetensors" or "transformers" => "model.safetensors",
        "pytorch" => "pytorch_model.bin",
        "tensorflow" => "saved_model.pb",
        _ => "model.bin",
    };
}
