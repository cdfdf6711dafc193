using ModelPlatform.Plugins.IpfsGateway.Gateways;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.IpfsGateway.Dag;

/// <summary>A file's bytes in order, the next parts already under way while one is read.</summary>
/// <remarks>All streams share a budget of bytes fetched ahead. One part is always fetched without it, so that no stream can starve another into standing still.</remarks>
internal sealed class VerifiedFileStream : Stream
{
    private readonly FileParts parts;
    private readonly long from;
    private readonly long to;
    private readonly int parallelism;
    private readonly AheadBudget budget;
    private readonly IAsyncDisposable? owner;
    private readonly Queue<(FilePart Part, Task<Result<Block>> Fetch, long Taken)> ahead = new();
    private readonly CancellationTokenSource ended = new();
    private Block? current;
    private long currentTaken;
    private ReadOnlyMemory<byte> unread;
    private FilePart? held;
    private bool isLast;
    private long position;
    private bool isDisposed;

    /// <param name="parts">The file from the first byte wanted on.</param>
    /// <param name="from">That byte.</param>
    /// <param name="to">The byte after the last one wanted.</param>
    /// <param name="parallelism">Parts under way at once.</param>
    /// <param name="budget">Shared by all streams.</param>
    /// <param name="owner">Ends with the stream.</param>
    public VerifiedFileStream(FileParts parts, long from, long to, int parallelism, AheadBudget budget, IAsyncDisposable? owner)
    {
        (this.parts, this.from, this.to, this.parallelism, this.budget, this.owner) = (parts, from, to, parallelism, budget, owner);
        position = from;
    }

    public override bool CanRead => !isDisposed;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        while (unread.IsEmpty)
        {
            Release();
            await FillAheadAsync(cancellationToken);
            if (!ahead.TryPeek(out var next))
            {
                return position == to ? 0 : throw new PlatformException(new PlatformError(ErrorCode.IntegrityFailed, $"The file's blocks end at byte {position} of {to}."));
            }

            var result = await next.Fetch.WaitAsync(cancellationToken);
            ahead.Dequeue();
            if (!result.TryGet(out current, out var error))
            {
                budget.Return(next.Taken);
                throw new PlatformException(error);
            }

            currentTaken = next.Taken;
            var skip = (int)Math.Max(0, from - next.Part.Position);
            unread = current.Bytes[skip..(int)Math.Min(next.Part.Size, to - next.Part.Position)];
        }

        var length = Math.Min(buffer.Length, unread.Length);
        unread[..length].CopyTo(buffer);
        unread = unread[length..];
        position += length;
        return length;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read asynchronously.");
    public override void Flush() { }
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await EndAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _ = EndAsync();
        }

        base.Dispose(disposing);
    }

    private async Task EndAsync()
    {
        if (isDisposed)
        {
            return;
        }

        isDisposed = true;
        Release();
        await ended.CancelAsync();
        while (ahead.TryDequeue(out var part))
        {
            await ((Task)part.Fetch).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (part.Fetch.IsCompletedSuccessfully && (await part.Fetch).TryGet(out var block, out _))
            {
                block.Dispose();
            }

            budget.Return(part.Taken);
        }

        ended.Dispose();
        if (owner is not null)
        {
            await owner.DisposeAsync();
        }
    }

    private async ValueTask FillAheadAsync(CancellationToken cancellationToken)
    {
        while (!isLast && ahead.Count < parallelism)
        {
            if (held is null)
            {
                using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, ended.Token);
                if (!(await parts.NextAsync(both.Token)).TryGet(out held, out var error))
                {
                    // What lies before the fault is good and may still be read.
                    if (ahead.Count > 0)
                    {
                        ahead.Enqueue((default, Task.FromResult<Result<Block>>(error), 0));
                        isLast = true;
                        return;
                    }

                    throw new PlatformException(error);
                }

                if (held is null)
                {
                    isLast = true;
                    return;
                }
            }

            var taken = ahead.Count == 0 ? 0 : held.Value.Size;
            if (taken > 0 && !budget.TryTake(taken))
            {
                return;
            }

            var part = held.Value;
            held = null;
            ahead.Enqueue((part, parts.FetchAsync(part, ended.Token).AsTask(), taken));
        }
    }

    private void Release()
    {
        current?.Dispose();
        current = null;
        budget.Return(currentTaken);
        currentTaken = 0;
        unread = default;
    }
}
