using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using ModelPlatform.Integrity;
using ModelPlatform.Sources;

namespace ModelPlatform.Serving;

/// <summary>An open chunk file.</summary>
internal sealed class ProvenFile(SafeFileHandle handle) : IDisposable
{
    private const int Piece = 128 * 1024;

    /// <summary>Opens a file; null where it has gone meanwhile.</summary>
    public static ProvenFile? TryOpen(string path)
    {
        try
        {
            return new ProvenFile(File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Whether the file is exactly the chunk.</summary>
    public bool Matches(Sha256Digest id, int length)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(Piece);
        try
        {
            var offset = 0L;
            int read;
            while ((read = RandomAccess.Read(handle, buffer.AsSpan(0, Piece), offset)) > 0)
            {
                hash.AppendData(buffer, 0, read);
                offset += read;
            }

            Span<byte> digest = stackalloc byte[Sha256Digest.Size];
            hash.GetHashAndReset(digest);
            return offset == length && new Sha256Digest(digest) == id;
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Fills a span. The page cache answers hot reads; a thread switch would cost more.</summary>
    /// <exception cref="PlatformException">The file was cut short after it was proven.</exception>
    public void Read(Span<byte> destination, long offset)
    {
        while (destination.Length > 0)
        {
            var read = RandomAccess.Read(handle, destination, offset);
            if (read == 0)
            {
                throw new PlatformException(new PlatformError(ErrorCode.IntegrityFailed, "A chunk file became shorter while it was read."));
            }

            destination = destination[read..];
            offset += read;
        }
    }

    public void Dispose() => handle.Dispose();
}
