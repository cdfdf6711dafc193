using System.Text.Json;
using System.Text.Json.Serialization;

namespace ModelPlatform.Integrity;

/// <summary>A manifest is little else than digests: they are read and written without a string for each.</summary>
internal sealed class Sha256DigestJsonConverter : JsonConverter<Sha256Digest>
{
    public override Sha256Digest Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            var isPlain = reader is { HasValueSequence: false, ValueIsEscaped: false };
            if (isPlain ? Sha256Digest.TryParse(reader.ValueSpan, out var digest) : Sha256Digest.TryParse(reader.GetString(), out digest))
            {
                return digest;
            }
        }

        throw new JsonException("A SHA-256 digest is a string of 64 hex digits.");
    }

    public override void Write(Utf8JsonWriter writer, Sha256Digest value, JsonSerializerOptions options)
    {
        Span<byte> bytes = stackalloc byte[Sha256Digest.Size];
        Span<byte> hex = stackalloc byte[Sha256Digest.Size * 2];
        value.CopyTo(bytes);
        Convert.TryToHexStringLower(bytes, hex, out _);
        writer.WriteStringValue(hex);
    }
}
