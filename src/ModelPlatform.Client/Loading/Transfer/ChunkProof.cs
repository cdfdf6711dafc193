using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using ModelPlatform.Integrity;
using ModelPlatform.Manifests;

namespace ModelPlatform.Client.Loading.Transfer;

/// <summary>Hashes what lies on disk and compares it with the manifest, on all cores.</summary>
internal static class ChunkProof
{
    private const int ReadBytes = 256 * 1024;

    public static long OffsetOf(ManifestArtifact file, int index) => (long)index * file.Chunking.ChunkSize;

    public static int LengthOf(ManifestArtifact file, int index) => (int)Math.Min(file.Chunking.ChunkSize, file.Size - OffsetOf(file, index));

    /// <summary>Which chunks a file on disk has right.</summary>
    /// <param name="file">What it should be.</param>
    /// <param name="path">Where it lies.</param>
    /// <param name="proven">Told of each, from several threads.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>Whether it has all of them, and nothing more.</returns>
    public static async Task<bool> FindAsync(ManifestArtifact file, string path, Action<int> proven, CancellationToken cancellationToken)
    {
        SafeFileHandle handle;
        try
        {
            handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }

        using (handle)
        {
            var length = RandomAccess.GetLength(handle);
            var there = (int)Math.Min(file.Chunking.ChunkCount, (length + file.Chunking.ChunkSize - 1) / file.Chunking.ChunkSize);
            var count = 0;
            await Task.Run(
                () => Parallel.For(0, there, new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount }, index =>
                {
                    if (OffsetOf(file, index) + LengthOf(file, index) <= length && Hash(handle, OffsetOf(file, index), LengthOf(file, index)) == file.Chunking.ChunkHashes[index])
                    {
                        Interlocked.Increment(ref count);
                        proven(index);
                    }
                }),
                cancellationToken);
            return count == file.Chunking.ChunkCount && length == file.Size;
        }
    }

    public static Sha256Digest Hash(SafeFileHandle handle, long offset, long length)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, handle, offset, length);
        return new Sha256Digest(hash.GetHashAndReset());
    }

    /// <summary>Feeds a part of a file to a hash; what is missing is simply not fed, so that the hash differs.</summary>
    public static void Append(IncrementalHash hash, SafeFileHandle handle, long offset, long length)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
        try
        {
            while (length > 0 && RandomAccess.Read(handle, buffer.AsSpan(0, (int)Math.Min(buffer.Length, length)), offset) is > 0 and var count)
            {
                hash.AppendData(buffer, 0, count);
                (offset, length) = (offset + count, length - count);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
