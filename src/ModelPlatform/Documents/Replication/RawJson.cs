using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ModelPlatform.Documents.Replication;

/// <summary>A JSON value as its writer wrote it, byte for byte: what is hashed and signed must not change on its way.</summary>
[JsonConverter(typeof(RawJsonConverter))]
internal sealed class RawJson(byte[] utf8)
{
    public ReadOnlyMemory<byte> Utf8 => utf8;

    public int Length => utf8.Length;

    public override string ToString() => Encoding.UTF8.GetString(utf8);
}

/// <summary>Copies the value through.</summary>
internal sealed class RawJsonConverter : JsonConverter<RawJson>
{
    public override RawJson Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return new RawJson(Encoding.UTF8.GetBytes(document.RootElement.GetRawText()));
    }

    public override void Write(Utf8JsonWriter writer, RawJson value, JsonSerializerOptions options) => writer.WriteRawValue(value.Utf8.Span, skipInputValidation: true);
}
