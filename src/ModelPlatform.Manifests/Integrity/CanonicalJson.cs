using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ModelPlatform.Integrity;

/// <summary>
/// The one byte sequence a JSON value has for hashing and signing: keys sorted ordinally by UTF-16 at every level, no white space, everything from U+007F on as
/// <c>\uxxxx</c> in lower case (a surrogate pair as two), the other escapes and the numbers as ECMAScript's <c>JSON.stringify</c> writes them.
/// </summary>
public static class CanonicalJson
{
    /// <summary>Canonical bytes of a node.</summary>
    /// <exception cref="JsonException">A key twice, a number that is not finite, or half a surrogate pair.</exception>
    public static byte[] Serialize(JsonNode? node)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            if (node is null)
            {
                writer.WriteNullValue();
            }
            else
            {
                node.WriteTo(writer);
            }
        }

        return Serialize(buffer.WrittenMemory);
    }

    /// <summary>Canonical bytes of JSON text.</summary>
    /// <exception cref="JsonException">Not JSON, a key twice, a number that is not finite, or half a surrogate pair.</exception>
    public static byte[] Serialize(ReadOnlyMemory<byte> utf8Json)
    {
        using var document = JsonDocument.Parse(utf8Json);
        return Serialize(document.RootElement);
    }

    /// <summary>Canonical bytes of an element.</summary>
    /// <exception cref="JsonException">A key twice, a number that is not finite, or half a surrogate pair.</exception>
    public static byte[] Serialize(JsonElement element)
    {
        var output = new ArrayBufferWriter<byte>();
        Write(output, element);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>SHA-256 of the canonical bytes.</summary>
    public static Sha256Digest Hash(JsonNode? node) => Sha256Digest.Of(Serialize(node));

    /// <summary>SHA-256 of the canonical bytes.</summary>
    public static Sha256Digest Hash(JsonElement element) => Sha256Digest.Of(Serialize(element));

    /// <summary>Writes an object's member: name, colon, canonical value.</summary>
    internal static void WriteMember(ArrayBufferWriter<byte> output, JsonProperty member)
    {
        CanonicalJsonString.Write(output, Name(member));
        output.Write(":"u8);
        Write(output, member.Value);
    }

    private static void Write(ArrayBufferWriter<byte> output, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(output, element);
                break;
            case JsonValueKind.Array:
                WriteArray(output, element);
                break;
            case JsonValueKind.String:
                if (!CanonicalJsonString.TryWriteAsItStands(output, JsonMarshal.GetRawUtf8Value(element)))
                {
                    CanonicalJsonString.Write(output, Text(element));
                }

                break;
            case JsonValueKind.Number:
                EcmaScriptNumber.Write(output, element.GetDouble());
                break;
            case JsonValueKind.True:
                output.Write("true"u8);
                break;
            case JsonValueKind.False:
                output.Write("false"u8);
                break;
            case JsonValueKind.Null:
                output.Write("null"u8);
                break;
            default:
                throw new JsonException("There is no JSON value.");
        }
    }

    private static void WriteObject(ArrayBufferWriter<byte> output, JsonElement element)
    {
        var members = new List<(string Name, JsonElement Value)>();
        foreach (var member in element.EnumerateObject())
        {
            members.Add((Name(member), member.Value));
        }

        members.Sort((x, y) => string.CompareOrdinal(x.Name, y.Name));
        output.Write("{"u8);
        for (var i = 0; i < members.Count; i++)
        {
            if (i > 0)
            {
                if (members[i].Name == members[i - 1].Name)
                {
                    throw new JsonException($"The key \"{members[i].Name}\" stands twice.");
                }

                output.Write(","u8);
            }

            CanonicalJsonString.Write(output, members[i].Name);
            output.Write(":"u8);
            Write(output, members[i].Value);
        }

        output.Write("}"u8);
    }

    private static void WriteArray(ArrayBufferWriter<byte> output, JsonElement element)
    {
        output.Write("["u8);
        var isFirst = true;
        foreach (var item in element.EnumerateArray())
        {
            if (!isFirst)
            {
                output.Write(","u8);
            }

            isFirst = false;
            Write(output, item);
        }

        output.Write("]"u8);
    }

    private static string Text(JsonElement element)
    {
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException exception)
        {
            throw new JsonException("A string holds half a surrogate pair or bytes that are not UTF-8.", exception);
        }
    }

    private static string Name(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException exception)
        {
            throw new JsonException("A key holds half a surrogate pair or bytes that are not UTF-8.", exception);
        }
    }
}
