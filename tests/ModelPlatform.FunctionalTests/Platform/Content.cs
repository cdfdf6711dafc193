using System.Security.Cryptography;

namespace ModelPlatform.FunctionalTests.Platform;

/// <summary>Bytes that look random and are known at every offset, so that files of any length need no memory.</summary>
public sealed class Content(long length, ulong seed)
{
    public long Length { get; } = length;

    /// <summary>SHA-256 of the whole, lower-case hex.</summary>
    public string Sha256()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        for (long offset = 0; offset < Length; offset += buffer.Length)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, Length - offset));
            Fill(offset, part);
            hash.AppendData(part);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Writes the bytes from an offset on.</summary>
    public void Fill(long offset, Span<byte> destination)
    {
        for (var i = 0; i < destination.Length; i++)
        {
            var position = offset + i;
            destination[i] = (byte)(Mix((ulong)(position >> 3) + (seed << 32)) >> (int)((position & 7) * 8));
        }
    }

    public async Task WriteToAsync(string path)
    {
        await using var file = File.Create(path);
        var buffer = new byte[1 << 20];
        for (long offset = 0; offset < Length; offset += buffer.Length)
        {
            var part = buffer.AsMemory(0, (int)Math.Min(buffer.Length, Length - offset));
            Fill(offset, part.Span);
            await file.WriteAsync(part);
        }
    }

    /// <summary>Compares every byte.</summary>
    /// <returns>The first offset that differs, the length where one of the two is longer, or null.</returns>
    public async Task<long?> FirstDifferenceAsync(Stream stream, CancellationToken cancellationToken)
    {
        var (got, want) = (new byte[1 << 20], new byte[1 << 20]);
        long offset = 0;
        while (await stream.ReadAtLeastAsync(got, got.Length, throwOnEndOfStream: false, cancellationToken) is > 0 and var count)
        {
            var expected = want.AsSpan(0, (int)Math.Min(count, Math.Max(0, Length - offset)));
            Fill(offset, expected);
            var same = got.AsSpan(0, count).CommonPrefixLength(expected);
            if (same < count)
            {
                return offset + same;
            }

            offset += count;
        }

        return offset == Length ? null : offset;
    }

    /// <summary>SplitMix64.</summary>
    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
