using System.Buffers.Binary;
using ModelPlatform.Documents.Replication;

namespace ModelPlatform.Sites.Exchange;

/// <summary>The names of the states in some buckets, as they go between sites.</summary>
internal static class BucketNames
{
    public static byte[] Write(FieldMap map, IReadOnlyList<int> buckets)
    {
        using var bytes = new MemoryStream();
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        foreach (var bucket in buckets)
        {
            var names = map.InBucket(bucket).Select(cell => MapDigest.NameOf(cell.State)).ToList();
            BinaryPrimitives.WriteInt32BigEndian(number, names.Count);
            bytes.Write(number[..sizeof(int)]);
            foreach (var name in names)
            {
                BinaryPrimitives.WriteUInt64BigEndian(number, name);
                bytes.Write(number);
            }
        }

        return bytes.ToArray();
    }

    /// <summary>Reads them; null where they are not well-formed.</summary>
    public static Dictionary<int, HashSet<ulong>>? Read(ReadOnlySpan<byte> bytes, IReadOnlyList<int> buckets)
    {
        var all = new Dictionary<int, HashSet<ulong>>();
        foreach (var bucket in buckets)
        {
            if (!BinaryPrimitives.TryReadInt32BigEndian(bytes, out var count) || count < 0 || count > (bytes.Length - sizeof(int)) / sizeof(ulong))
            {
                return null;
            }

            bytes = bytes[sizeof(int)..];
            var names = new HashSet<ulong>(count);
            for (var i = 0; i < count; i++, bytes = bytes[sizeof(ulong)..])
            {
                names.Add(BinaryPrimitives.ReadUInt64BigEndian(bytes));
            }

            all[bucket] = names;
        }

        return bytes.IsEmpty ? all : null;
    }
}
