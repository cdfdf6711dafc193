using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Outbound;

/// <summary>A body that may not stand still, crawl, or outlast its time, and whose failures are <see cref="PlatformException"/>.</summary>
/// <remarks>Only time spent waiting inside a read counts, so a slow consumer is never blamed on the sender.</remarks>
internal sealed class GuardedStream(Stream inner, BodyGuard guard) : Stream
{
    private CancellationTokenSource? timer;
    private TimeSpan waited;
    private long received;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var limit = guard.Remaining();
        if (limit <= TimeSpan.Zero)
        {
            throw new PlatformException(guard.TimedOut());
        }

        if (timer is null || !timer.TryReset())
        {
            timer?.Dispose();
            timer = new CancellationTokenSource(Timeout.InfiniteTimeSpan, guard.Time);
        }

        timer.CancelAfter(limit);
        var started = guard.Time.GetTimestamp();
        try
        {
            int read;
            await using (cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), timer))
            {
                read = await inner.ReadAsync(buffer, timer.Token);
            }

            timer.CancelAfter(Timeout.InfiniteTimeSpan);
            Measure(guard.Time.GetElapsedTime(started), read, buffer.Length);
            return read;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new PlatformException(guard.TimedOut());
        }
        catch (HttpIOException exception) when (exception.HttpRequestError == HttpRequestError.ResponseEnded)
        {
            throw new PlatformException(guard.Fail(ErrorCode.DownloadIncomplete, "the body ended before its declared length"), exception);
        }
        catch (IOException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new PlatformException(guard.Fail(ErrorCode.ConnectionFailed, "the connection broke in the middle of the body"), exception);
        }
    }

    private void Measure(TimeSpan elapsed, int read, int asked)
    {
        waited += elapsed;
        received += read;
        if (read == 0 || asked == 0 || waited < guard.Window)
        {
            return;
        }

        if (received < guard.MinimumBytesPerSecond * waited.TotalSeconds)
        {
            throw new PlatformException(guard.Fail(ErrorCode.NetworkTimeout, $"the body arrives at less than {guard.MinimumBytesPerSecond} bytes per second"));
        }

        (waited, received) = (TimeSpan.Zero, 0);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read asynchronously.");
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override void Flush() { }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            timer?.Dispose();
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
