using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;

namespace ModelPlatform.Chunks.Compression;

/// <summary>A compressed chunk as it is stored: the plain length in four bytes, then the compressed bytes.</summary>
internal static class ChunkEncoding
{
    public const int HeaderSize = sizeof(int);

    /// <summary>Compresses where that saves at least a tenth.</summary>
    /// <returns>A rented buffer and how much of it is used; null where the plain bytes should be kept.</returns>
    public static (byte[] Rented, int Length)? TryEncode(ChunkCompression compression, ReadOnlySpan<byte> plain)
    {
        var limit = (int)(plain.Length * 9L / 10);
        if (compression == ChunkCompression.None || limit <= HeaderSize)
        {
            return null;
        }

        var rented = ArrayPool<byte>.Shared.Rent(limit);
        var target = rented.AsSpan(0, limit);
        BinaryPrimitives.WriteInt32LittleEndian(target, plain.Length);
        var written = compression == ChunkCompression.Brotli ? Brotli(plain, target[HeaderSize..]) : Zlib(plain, rented.AsMemory(HeaderSize, limit - HeaderSize));
        if (written is null)
        {
            ArrayPool<byte>.Shared.Return(rented);
            return null;
        }

        return (rented, HeaderSize + written.Value);
    }

    /// <summary>Length of the plain bytes, from the header.</summary>
    public static int PlainLength(ReadOnlySpan<byte> encoded) => encoded.Length < HeaderSize ? 0 : BinaryPrimitives.ReadInt32LittleEndian(encoded);

    /// <summary>Decompresses into a buffer that is long enough.</summary>
    /// <returns>How many bytes came out; a damaged chunk gives fewer or other bytes, which its hash shows.</returns>
    public static int Decode(ChunkCompression compression, ReadOnlyMemory<byte> encoded, Span<byte> plain)
    {
        var body = encoded[Math.Min(HeaderSize, encoded.Length)..];
        if (compression == ChunkCompression.Brotli)
        {
            BrotliDecoder.TryDecompress(body.Span, plain, out var written);
            return written;
        }

        try
        {
            using var stream = new ZLibStream(new ReadOnlyMemoryStream(body), CompressionMode.Decompress);
            return stream.ReadAtLeast(plain, plain.Length, throwOnEndOfStream: false);
        }
        catch (InvalidDataException)
        {
            return 0;
        }
    }

    // Quality 4 is where model weights stop shrinking noticeably for the time spent.
    private static int? Brotli(ReadOnlySpan<byte> plain, Span<byte> target) =>
        BrotliEncoder.TryCompress(plain, target, out var written, quality: 4, window: 22) ? written : null;

    private static int? Zlib(ReadOnlySpan<byte> plain, Memory<byte> target)
    {
        using var output = new BoundedStream(target);
        using (var stream = new ZLibStream(output, CompressionLevel.Fastest, leaveOpen: true))
        {
            stream.Write(plain);
        }

        return output.HasOverflowed ? null : output.Count;
    }
}
