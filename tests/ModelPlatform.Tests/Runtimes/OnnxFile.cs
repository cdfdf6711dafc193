using System.Text;

namespace ModelPlatform.Tests.Runtimes;

/// <summary>Writes ONNX models: protobuf, field by field, as far as these tests need it.</summary>
internal static class OnnxFile
{
    private const int Float = 1;

    /// <summary>y = x · W, W of <paramref name="size"/> × <paramref name="size"/>, <paramref name="layers"/> times over.</summary>
    /// <param name="size">Rows and columns.</param>
    /// <param name="layers">How many products.</param>
    /// <param name="externalLocation">Keeps the weights in this file, each at its offset.</param>
    /// <param name="operation">The operator.</param>
    public static byte[] Products(int size, int layers = 1, string? externalLocation = null, string operation = "MatMul")
    {
        using var graph = new MemoryStream();
        for (var layer = 0; layer < layers; layer++)
        {
            Message(graph, 1, node =>
            {
                Text(node, 1, layer == 0 ? "x" : $"h{layer}");
                Text(node, 1, $"w{layer}");
                Text(node, 2, layer == layers - 1 ? "y" : $"h{layer + 1}");
                Text(node, 4, operation);
            });
        }

        Text(graph, 2, "products");
        for (var layer = 0; layer < layers; layer++)
        {
            var at = layer;
            Message(graph, 5, tensor =>
            {
                Number(tensor, 1, size);
                Number(tensor, 1, size);
                Number(tensor, 2, Float);
                Text(tensor, 8, $"w{at}");
                if (externalLocation is null)
                {
                    Bytes(tensor, 9, Weights(size, at));
                }
                else
                {
                    Entry(tensor, "location", externalLocation);
                    Entry(tensor, "offset", $"{(long)at * size * size * 4}");
                    Entry(tensor, "length", $"{(long)size * size * 4}");
                    Number(tensor, 14, 1);
                }
            });
        }

        Message(graph, 11, input => Value(input, "x", size));
        Message(graph, 12, output => Value(output, "y", size));
        using var model = new MemoryStream();
        Number(model, 1, 8);
        Bytes(model, 7, graph.ToArray());
        Message(model, 8, opset => Number(opset, 2, 13));
        return model.ToArray();
    }

    /// <summary>The weights: the identity, doubled, so that each product doubles.</summary>
    public static byte[] Weights(int size, int layer)
    {
        var weights = new float[size * size];
        for (var i = 0; i < size; i++)
        {
            weights[(i * size) + i] = 2 + (layer * 0f);
        }

        var bytes = new byte[weights.Length * sizeof(float)];
        Buffer.BlockCopy(weights, 0, bytes, 0, bytes.Length);
        return bytes;
    }

    private static void Value(Stream stream, string name, int size)
    {
        Text(stream, 1, name);
        Message(stream, 2, type => Message(type, 1, tensor =>
        {
            Number(tensor, 1, Float);
            Message(tensor, 2, shape =>
            {
                Message(shape, 1, dimension => Text(dimension, 2, "rows"));
                Message(shape, 1, dimension => Number(dimension, 1, size));
            });
        }));
    }

    private static void Entry(Stream stream, string key, string value) => Message(stream, 13, entry =>
    {
        Text(entry, 1, key);
        Text(entry, 2, value);
    });

    private static void Message(Stream stream, int field, Action<Stream> write)
    {
        using var inner = new MemoryStream();
        write(inner);
        Bytes(stream, field, inner.ToArray());
    }

    private static void Text(Stream stream, int field, string text) => Bytes(stream, field, Encoding.UTF8.GetBytes(text));

    private static void Bytes(Stream stream, int field, byte[] bytes)
    {
        Varint(stream, (ulong)((field << 3) | 2));
        Varint(stream, (ulong)bytes.Length);
        stream.Write(bytes);
    }

    private static void Number(Stream stream, int field, long number)
    {
        Varint(stream, (ulong)(field << 3));
        Varint(stream, (ulong)number);
    }

    private static void Varint(Stream stream, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            stream.WriteByte((byte)(value | 0x80));
        }

        stream.WriteByte((byte)value);
    }
}
