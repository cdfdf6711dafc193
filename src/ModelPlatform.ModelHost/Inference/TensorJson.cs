using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;
using ModelPlatform.Sources;
using ModelPlatform.Sources.Runtimes;

namespace ModelPlatform.ModelHost.Inference;

/// <summary>Tensors as JSON, <c>{name: {dtype, shape[], data[]}}</c>, read and written without an object for each number.</summary>
internal static class TensorJson
{
    private const int MostInputs = 64;
    private const int MostDimensions = 16;

    /// <summary>Reads the body of an inference: the member <c>inputs</c>; other members belong to others.</summary>
    public static Result<IReadOnlyList<NamedTensor>> Read(ReadOnlySequence<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = 32 });
            List<NamedTensor>? tensors = null;
            Expect(ref reader, JsonTokenType.StartObject, "The body");
            while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
            {
                var isInputs = reader.ValueTextEquals("inputs");
                reader.Read();
                if (isInputs)
                {
                    tensors = ReadTensors(ref reader);
                }
                else
                {
                    reader.Skip();
                }
            }

            while (reader.Read())
            {
            }

            return tensors is { Count: > 0 } ? tensors : Bad("inputs is missing: give {\"inputs\": {name: {\"dtype\", \"shape\", \"data\"}}}.");
        }
        catch (JsonException exception)
        {
            return Bad(exception.Path is null && exception.LineNumber is null ? exception.Message : "The body is not well-formed JSON.");
        }
    }

    /// <summary>Writes the answer of an inference.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<NamedTensor> outputs, double milliseconds)
    {
        json.WriteStartObject();
        json.WriteStartObject("outputs");
        foreach (var output in outputs)
        {
            json.WriteStartObject(output.Name);
            json.WriteString("dtype", output.DataType);
            json.WriteStartArray("shape");
            foreach (var size in output.Shape)
            {
                json.WriteNumberValue(size);
            }

            json.WriteEndArray();
            json.WriteStartArray("data");
            WriteData(json, output);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteNumber("milliseconds", Math.Round(milliseconds, 3));
        json.WriteEndObject();
    }

    /// <summary>How many elements a shape has; null where that is no sensible number.</summary>
    public static long? CountOf(IReadOnlyList<long> shape)
    {
        var count = 1L;
        foreach (var size in shape)
        {
            if (size < 0 || (size > 0 && count > int.MaxValue / size))
            {
                return null;
            }

            count *= size;
        }

        return count;
    }

    private static List<NamedTensor> ReadTensors(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is not JsonTokenType.StartObject)
        {
            throw new JsonException("inputs must be an object of tensors by name.");
        }

        var tensors = new List<NamedTensor>();
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            if (tensors.Count == MostInputs || tensors.Exists(tensor => tensor.Name == name))
            {
                throw new JsonException($"The input {name} is given twice, or there are more than {MostInputs}.");
            }

            reader.Read();
            tensors.Add(ReadTensor(ref reader, name));
        }

        return tensors;
    }

    private static NamedTensor ReadTensor(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType is not JsonTokenType.StartObject)
        {
            throw new JsonException($"The input {name} must be an object with dtype, shape and data.");
        }

        string? type = null;
        List<long>? shape = null;
        var hasData = false;
        Utf8JsonReader elements = default;
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            var member = reader.GetString();
            reader.Read();
            switch (member)
            {
                case "dtype" when reader.TokenType is JsonTokenType.String: type = reader.GetString(); break;
                case "shape": shape = ReadShape(ref reader, name); break;
                case "data":
                    // Its form is known only once dtype and shape are, in whatever order they come.
                    elements = reader;
                    hasData = true;
                    reader.Skip();
                    break;
                default: reader.Skip(); break;
            }
        }

        var size = TensorType.SizeOf(type);
        if (type is null || size == 0)
        {
            throw new JsonException($"dtype of the input {name} must be float32, float64, float16, int8, int16, int32, int64, uint8, uint16, uint32, uint64 or bool.");
        }

        if (shape is null || !hasData || elements.TokenType is not JsonTokenType.StartArray || CountOf(shape) is not { } count)
        {
            throw new JsonException($"The input {name} needs a shape of whole numbers, and data, a list.");
        }

        return new NamedTensor(name, type, shape, ReadData(ref elements, name, type, size, count));
    }

    private static List<long> ReadShape(ref Utf8JsonReader reader, string name)
    {
        var shape = new List<long>();
        if (reader.TokenType is JsonTokenType.StartArray)
        {
            while (reader.Read() && reader.TokenType is JsonTokenType.Number && shape.Count < MostDimensions && reader.TryGetInt64(out var size))
            {
                shape.Add(size);
            }
        }

        return reader.TokenType is JsonTokenType.EndArray ? shape : throw new JsonException($"shape of the input {name} must be a list of at most {MostDimensions} whole numbers.");
    }

    /// <summary>Reads a list, or nested lists, of exactly as many numbers as the shape says.</summary>
    private static byte[] ReadData(ref Utf8JsonReader reader, string name, string type, int size, long count)
    {
        // Grows with what is really there: a shape alone reserves nothing.
        var bytes = new ArrayBufferWriter<byte>((int)Math.Min(count * size, 64 * 1024) + size);
        var (depth, read) = (1, 0L);
        while (depth > 0 && reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartArray: depth++; break;
                case JsonTokenType.EndArray: depth--; break;
                case JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False when read < count && TryReadElement(ref reader, type, bytes.GetSpan(size)[..size]):
                    bytes.Advance(size);
                    read++;
                    break;
                default: throw new JsonException(read >= count ? $"data of the input {name} has more elements than its shape, {count}." : $"data of the input {name} holds something that is not {type}, at element {read}.");
            }
        }

        return read == count ? bytes.WrittenSpan.ToArray() : throw new JsonException($"data of the input {name} has {read} elements; its shape has {count}.");
    }

    private static bool TryReadElement(ref Utf8JsonReader reader, string type, Span<byte> to)
    {
        if (type == TensorType.Bool)
        {
            to[0] = (byte)(reader.TokenType is JsonTokenType.True ? 1 : 0);
            return reader.TokenType is JsonTokenType.True or JsonTokenType.False;
        }

        if (reader.TokenType is not JsonTokenType.Number)
        {
            return false;
        }

        switch (type)
        {
            case TensorType.Float32 when reader.TryGetSingle(out var value): BinaryPrimitives.WriteSingleLittleEndian(to, value); return true;
            case TensorType.Float64 when reader.TryGetDouble(out var value): BinaryPrimitives.WriteDoubleLittleEndian(to, value); return true;
            case TensorType.Float16 when reader.TryGetSingle(out var value): BinaryPrimitives.WriteHalfLittleEndian(to, (Half)value); return true;
            case TensorType.Int8 when reader.TryGetSByte(out var value): to[0] = (byte)value; return true;
            case TensorType.UInt8 when reader.TryGetByte(out var value): to[0] = value; return true;
            case TensorType.Int16 when reader.TryGetInt16(out var value): BinaryPrimitives.WriteInt16LittleEndian(to, value); return true;
            case TensorType.UInt16 when reader.TryGetUInt16(out var value): BinaryPrimitives.WriteUInt16LittleEndian(to, value); return true;
            case TensorType.Int32 when reader.TryGetInt32(out var value): BinaryPrimitives.WriteInt32LittleEndian(to, value); return true;
            case TensorType.UInt32 when reader.TryGetUInt32(out var value): BinaryPrimitives.WriteUInt32LittleEndian(to, value); return true;
            case TensorType.Int64 when reader.TryGetInt64(out var value): BinaryPrimitives.WriteInt64LittleEndian(to, value); return true;
            case TensorType.UInt64 when reader.TryGetUInt64(out var value): BinaryPrimitives.WriteUInt64LittleEndian(to, value); return true;
            default: return false;
        }
    }

    private static void WriteData(Utf8JsonWriter json, NamedTensor tensor)
    {
        var size = TensorType.SizeOf(tensor.DataType);
        var data = tensor.Data.Span;
        for (var at = 0; at + size <= data.Length; at += size)
        {
            var element = data[at..];
            switch (tensor.DataType)
            {
                case TensorType.Float32: WriteFinite(json, BinaryPrimitives.ReadSingleLittleEndian(element)); break;
                case TensorType.Float64: WriteFinite(json, BinaryPrimitives.ReadDoubleLittleEndian(element)); break;
                case TensorType.Float16: WriteFinite(json, (float)BinaryPrimitives.ReadHalfLittleEndian(element)); break;
                case TensorType.Int8: json.WriteNumberValue((sbyte)element[0]); break;
                case TensorType.UInt8: json.WriteNumberValue(element[0]); break;
                case TensorType.Int16: json.WriteNumberValue(BinaryPrimitives.ReadInt16LittleEndian(element)); break;
                case TensorType.UInt16: json.WriteNumberValue(BinaryPrimitives.ReadUInt16LittleEndian(element)); break;
                case TensorType.Int32: json.WriteNumberValue(BinaryPrimitives.ReadInt32LittleEndian(element)); break;
                case TensorType.UInt32: json.WriteNumberValue(BinaryPrimitives.ReadUInt32LittleEndian(element)); break;
                case TensorType.Int64: json.WriteNumberValue(BinaryPrimitives.ReadInt64LittleEndian(element)); break;
                case TensorType.UInt64: json.WriteNumberValue(BinaryPrimitives.ReadUInt64LittleEndian(element)); break;
                default: json.WriteBooleanValue(element[0] != 0); break;
            }
        }
    }

    // JSON has no word for what is not finite.
    private static void WriteFinite(Utf8JsonWriter json, float value)
    {
        if (float.IsFinite(value))
        {
            json.WriteNumberValue(value);
        }
        else
        {
            json.WriteNullValue();
        }
    }

    private static void WriteFinite(Utf8JsonWriter json, double value)
    {
        if (double.IsFinite(value))
        {
            json.WriteNumberValue(value);
        }
        else
        {
            json.WriteNullValue();
        }
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType token, string what)
    {
        if (!reader.Read() || reader.TokenType != token)
        {
            throw new JsonException($"{what} must be a JSON object.");
        }
    }

    private static PlatformError Bad(string message) => new(ErrorCode.InvalidRequest, message);
}
