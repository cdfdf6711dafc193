using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ModelPlatform.Integrity;

namespace ModelPlatform.Documents.Replication;

/// <summary>
/// A two-level Merkle tree over a map: fields are spread over buckets by the hash of their name, a bucket is the sum of its states' hashes, the root the hash
/// of the buckets. Two sites that compare it send 16 bytes a bucket, then 8 bytes a state of the buckets that differ.
/// </summary>
internal sealed class MapDigest
{
    public const int Buckets = 1024;
    public const int BucketSize = 16;

    private readonly UInt128[] buckets = new UInt128[Buckets];

    /// <summary>The bucket of a field.</summary>
    public static int BucketOf(FieldKey key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{key.Collection}\n{key.Id}\n{key.Field}"), hash);
        return BinaryPrimitives.ReadUInt16BigEndian(hash) % Buckets;
    }

    /// <summary>The short name of a state inside its bucket.</summary>
    public static ulong NameOf(FieldState state)
    {
        Span<byte> hash = stackalloc byte[Sha256Digest.Size];
        state.Digest.CopyTo(hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash[16..]);
    }

    public void Add(int bucket, FieldState state) => buckets[bucket] += Number(state);

    public void Remove(int bucket, FieldState state) => buckets[bucket] -= Number(state);

    /// <summary>All buckets, 16 bytes each.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[Buckets * BucketSize];
        for (var i = 0; i < Buckets; i++)
        {
            BinaryPrimitives.WriteUInt128BigEndian(bytes.AsSpan(i * BucketSize), buckets[i]);
        }

        return bytes;
    }

    /// <summary>The root: equal where, and only where, the maps are.</summary>
    public static string RootOf(ReadOnlySpan<byte> buckets) => Sha256Digest.Of(buckets).ToString();

    /// <summary>Numbers of the buckets in which two digests differ.</summary>
    public static IReadOnlyList<int> Differences(ReadOnlySpan<byte> mine, ReadOnlySpan<byte> theirs)
    {
        var different = new List<int>();
        for (var i = 0; i < Buckets; i++)
        {
            if (!mine.Slice(i * BucketSize, BucketSize).SequenceEqual(theirs.Slice(i * BucketSize, BucketSize)))
            {
                different.Add(i);
            }
        }

        return different;
    }

    private static UInt128 Number(FieldState state)
    {
        Span<byte> hash = stackalloc byte[Sha256Digest.Size];
        state.Digest.CopyTo(hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }
}
