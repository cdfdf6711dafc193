using ModelPlatform.Manifests;

namespace ModelPlatform.Serving;

/// <summary>An artifact as a seekable stream of proven bytes.</summary>
internal sealed class ArtifactStream(ManifestArtifact artifact, VerifiedChunks chunks) : Stream
{
    private long position;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => artifact.Size;

    public override long Position
    {
        get => position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            position = value;
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.Length == 0 || position >= artifact.Size)
        {
            return 0;
        }

        var index = (int)(position / artifact.Chunking.ChunkSize);
        var length = ArtifactReader.LengthOf(artifact, index);
        var from = (int)(position - ((long)index * artifact.Chunking.ChunkSize));
        var count = Math.Min(buffer.Length, length - from);
        var id = artifact.Chunking.ChunkHashes[index];
        using (var file = chunks.OpenFile(id, length))
        {
            if (file is not null)
            {
                file.Read(buffer.Span[..count], from);
            }
            else
            {
                using var chunk = await chunks.AcquireAsync(id, length, cancellationToken);
                chunk.Bytes.Slice(from, count).CopyTo(buffer);
            }
        }

        position += count;
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Not offered: a store may have to be asked over the network.</summary>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read this stream asynchronously.");

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => position + offset,
        _ => artifact.Size + offset,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
