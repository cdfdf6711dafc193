namespace ModelPlatform.Plugins.IpfsGateway.Cids;

/// <summary>Unsigned LEB128 as multiformats use it.</summary>
internal static class Varint
{
    /// <summary>Reads a number from the beginning of <paramref name="bytes"/>.</summary>
    /// <returns>How many bytes it takes; 0 where they end too early, -1 where they are no number of at most 63 bits in its shortest form.</returns>
    public static int Read(ReadOnlySpan<byte> bytes, out ulong value)
    {
        value = 0;
        for (var i = 0; i < 9; i++)
        {
            if (i >= bytes.Length)
            {
                return 0;
            }

            value |= (ulong)(bytes[i] & 0x7f) << (7 * i);
            if (bytes[i] < 0x80)
            {
                return i > 0 && bytes[i] == 0 ? -1 : i + 1;
            }
        }

        return -1;
    }

    /// <summary>Appends a number.</summary>
    public static void Write(List<byte> bytes, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        bytes.Add((byte)value);
    }
}
