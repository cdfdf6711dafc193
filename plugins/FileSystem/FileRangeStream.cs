using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.FileSystem;

/// <summary>A part of an open file. Ends with an error if the file turns out to have been changed while it was read.</summary>
internal sealed class FileRangeStream(ConfinedFile file, string name, long offset, long length) : Stream
{
    private long position;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => length;
    public override long Position { get => position; set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var left = length - position;
        if (left == 0)
        {
            return 0;
        }

        var read = await RandomAccess.ReadAsync(file.Handle, buffer[..(int)Math.Min(buffer.Length, left)], offset + position, cancellationToken);
        if (read == 0 && !buffer.IsEmpty)
        {
            throw new PlatformException(new PlatformError(ErrorCode.DownloadIncomplete, $"{name} became shorter while it was read."));
        }

        position += read;
        if (position == length && NativeFile.Describe(file.Handle) != file.Facts)
        {
            throw new PlatformException(new PlatformError(ErrorCode.IntegrityFailed, $"{name} was changed while it was read. Inspect it again when nobody writes to it."));
        }

        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int start, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(start, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int start, int count) => throw new NotSupportedException("Read asynchronously.");
    public override long Seek(long position, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int start, int count) => throw new NotSupportedException();
    public override void Flush() { }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            file.Dispose();
        }

        base.Dispose(disposing);
    }
}
