namespace ModelPlatform.Chunks.Compression;

/// <summary>Takes what is written as long as it fits, and then only remembers that it did not.</summary>
internal sealed class BoundedStream(Memory<byte> target) : Stream
{
    public int Count { get; private set; }

    public bool HasOverflowed { get; private set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => Count;

    public override long Position
    {
        get => Count;
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        HasOverflowed |= buffer.Length > target.Length - Count;
        if (!HasOverflowed)
        {
            buffer.CopyTo(target.Span[Count..]);
            Count += buffer.Length;
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
