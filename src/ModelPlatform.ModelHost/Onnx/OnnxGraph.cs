using System.Text;

namespace ModelPlatform.ModelHost.Onnx;

/// <summary>Reads out of an ONNX model, before the runtime sees it, which files beside it it refers to: only those may be opened, and only as verified copies.</summary>
internal static class OnnxGraph
{
    private const int MaxDepth = 64;

    // ModelProto.graph, GraphProto.node/initializer/sparse_initializer, NodeProto.attribute, AttributeProto.t/g/tensors/graphs/sparse_tensor(s), SparseTensorProto.values/indices,
    // ModelProto.functions, FunctionProto.node, TensorProto.external_data, StringStringEntryProto.key/value; ModelProto.training_info.
    private enum Message { Model, Graph, Node, Attribute, Tensor, SparseTensor, Function, Training, Entry }

    /// <summary>The distinct locations of external data.</summary>
    /// <returns>False where the bytes are no well-formed protobuf with a graph.</returns>
    public static bool TryReadExternalPaths(ReadOnlySpan<byte> model, out IReadOnlyCollection<string> paths)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        paths = found;
        var hasGraph = false;
        return TryRead(model, Message.Model, found, ref hasGraph, 0) && hasGraph;
    }

    private static bool TryRead(ReadOnlySpan<byte> bytes, Message message, HashSet<string> found, ref bool hasGraph, int depth)
    {
        if (depth > MaxDepth)
        {
            return false;
        }

        while (!bytes.IsEmpty)
        {
            if (!TryReadVarint(ref bytes, out var tag))
            {
                return false;
            }

            var (field, wire) = ((int)(tag >> 3), (int)(tag & 7));
            if (wire == 2)
            {
                if (!TryReadVarint(ref bytes, out var length) || length > (ulong)bytes.Length)
                {
                    return false;
                }

                var body = bytes[..(int)length];
                bytes = bytes[(int)length..];
                hasGraph |= message is Message.Model && field == 7;
                if (message is Message.Tensor && field == 13)
                {
                    if (!TryReadEntry(body, found))
                    {
                        return false;
                    }
                }
                else if (Inner(message, field) is { } inner && !TryRead(body, inner, found, ref hasGraph, depth + 1))
                {
                    return false;
                }

                continue;
            }

            var skip = wire switch { 0 => 0, 1 => 8, 5 => 4, _ => -1 };
            if (field == 0 || skip < 0 || skip > bytes.Length || (wire == 0 && !TryReadVarint(ref bytes, out _)))
            {
                return false;
            }

            bytes = bytes[skip..];
        }

        return true;
    }

    private static Message? Inner(Message message, int field) => (message, field) switch
    {
        (Message.Model, 7) => Message.Graph,
        (Message.Model, 20) => Message.Training,
        (Message.Model, 25) => Message.Function,
        (Message.Training, 1 or 2) => Message.Graph,
        (Message.Graph, 1) or (Message.Function, 7) => Message.Node,
        (Message.Graph, 5) => Message.Tensor,
        (Message.Graph, 15) => Message.SparseTensor,
        (Message.Node, 5) => Message.Attribute,
        (Message.Function, 11) => Message.Attribute,
        (Message.Attribute, 5 or 10) => Message.Tensor,
        (Message.Attribute, 6 or 11) => Message.Graph,
        (Message.Attribute, 22 or 23) => Message.SparseTensor,
        (Message.SparseTensor, 1 or 2) => Message.Tensor,
        _ => null,
    };

    private static bool TryReadEntry(ReadOnlySpan<byte> bytes, HashSet<string> found)
    {
        ReadOnlySpan<byte> key = default, value = default;
        while (!bytes.IsEmpty)
        {
            if (!TryReadVarint(ref bytes, out var tag) || (tag & 7) != 2 || !TryReadVarint(ref bytes, out var length) || length > (ulong)bytes.Length)
            {
                return false;
            }

            var text = bytes[..(int)length];
            bytes = bytes[(int)length..];
            if (tag >> 3 == 1)
            {
                key = text;
            }
            else if (tag >> 3 == 2)
            {
                value = text;
            }
        }

        if (key.SequenceEqual("location"u8))
        {
            found.Add(Encoding.UTF8.GetString(value));
        }

        return true;
    }

    private static bool TryReadVarint(ref ReadOnlySpan<byte> bytes, out ulong value)
    {
        value = 0;
        for (var i = 0; i < 10 && i < bytes.Length; i++)
        {
            value |= (ulong)(bytes[i] & 0x7f) << (7 * i);
            if (bytes[i] < 0x80)
            {
                bytes = bytes[(i + 1)..];
                return true;
            }
        }

        return false;
    }
}
