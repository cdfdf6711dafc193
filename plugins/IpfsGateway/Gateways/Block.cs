using System.Buffers;

namespace ModelPlatform.Plugins.IpfsGateway.Gateways;

/// <summary>A block's checked bytes in a rented buffer, which goes back on disposal.</summary>
internal sealed class Block(byte[] buffer, int length) : IDisposable
{
    /// <summary>No block may be larger (IPFS Bitswap and gateways agree on it).</summary>
    public const int Largest = 2 * 1024 * 1024;

    private byte[]? buffer = buffer;

    public ReadOnlyMemory<byte> Bytes => buffer.AsMemory(0, length);

    public static Block Copy(ReadOnlySpan<byte> bytes)
    {
        var rented = ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(rented);
        return new Block(rented, bytes.Length);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref buffer, null) is { } rented)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
