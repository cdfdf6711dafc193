using System.Buffers;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins;

/// <summary>A plugin's body. Reads pass through a buffer of its own, so a plugin that writes late, after a read was given up, writes into nobody's data.</summary>
internal sealed class IsolatedStream(SourceContent content, IsolatedCall calls, PluginLimits limits, TimeProvider time, string operation) : Stream
{
    private const int BufferSize = 128 * 1024;

    private SourceContent? inner = content;
    private byte[]? buffer;
    private bool isGivenUp;

    public override bool CanRead => inner is not null;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(inner is null, this);
        if (destination.IsEmpty)
        {
            return 0;
        }

        buffer ??= ArrayPool<byte>.Shared.Rent(BufferSize);
        var wanted = buffer.AsMemory(0, Math.Min(destination.Length, buffer.Length));
        var read = await ReadInnerAsync(wanted, cancellationToken);
        if (read < 0 || read > wanted.Length)
        {
            throw new PlatformException(calls.Fail(operation, $"claimed {read} bytes where {wanted.Length} were asked for"));
        }

        wanted[..read].CopyTo(destination);
        return read;
    }

    private async ValueTask<int> ReadInnerAsync(Memory<byte> wanted, CancellationToken cancellationToken)
    {
        try
        {
            var pending = inner!.Body.ReadAsync(wanted, cancellationToken);
            return pending.IsCompleted ? await pending : await WaitAsync(pending.AsTask(), cancellationToken);
        }
        catch (PlatformException exception)
        {
            // Made anew: the plugin's may be of its own making, with its own inner exceptions.
            throw new PlatformException(exception.Error);
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new PlatformException(new PlatformError(ErrorCode.NetworkTimeout, $"The source gave up: {operation} took too long for it."));
        }
        catch (IOException exception)
        {
            throw new PlatformException(new PlatformError(ErrorCode.ConnectionFailed, $"The transfer broke: {exception.Message}"));
        }
        catch (Exception exception)
        {
            throw new PlatformException(calls.Fail(operation, IsolatedCall.Describe(exception)));
        }
    }

    private async ValueTask<int> WaitAsync(Task<int> pending, CancellationToken cancellationToken)
    {
        await ((Task)pending).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!pending.IsCompleted)
        {
            await ((Task)pending).WaitAsync(limits.Grace, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (pending.IsCompleted)
        {
            return await pending;
        }

        isGivenUp = true;
        calls.Conduct.Hung($"{operation} did not come back although it was cancelled");
        _ = pending.ContinueWith(
            finished =>
            {
                _ = finished.Exception;
                calls.Conduct.CameBack();
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        throw new OperationCanceledException(cancellationToken);
    }

    public override Task<int> ReadAsync(byte[] array, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(array.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref inner, null) is { } content)
        {
            await calls.RunAsync<bool>(operation, limits.Grace, async _ =>
            {
                await content.DisposeAsync();
                return true;
            }, CancellationToken.None);
            if (buffer is not null && !isGivenUp)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }

            buffer = null;
        }

        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        // A caller who disposes synchronously does not wait for the plugin.
        if (disposing && inner is not null)
        {
            _ = DisposeAsync().AsTask();
        }

        base.Dispose(disposing);
    }

    public override int Read(byte[] array, int offset, int count) => throw new NotSupportedException("Read asynchronously.");
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] array, int offset, int count) => throw new NotSupportedException();
    public override void Flush() { }
}
