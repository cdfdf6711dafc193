using System.Threading.Channels;
using ModelPlatform.Chunks;

namespace ModelPlatform.Fetching.Transfer;

/// <summary>Flushes stored chunks in groups and only then writes them into the journal, so that the journal never names a chunk that a power cut could take.</summary>
internal sealed class CommitQueue
{
    private const int GroupItems = 256;
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(200);

    private readonly Channel<(int FileIndex, JournaledChunk Chunk)> queue =
        Channel.CreateUnbounded<(int, JournaledChunk)>(new UnboundedChannelOptions { SingleReader = true });

    private readonly IChunkStore store;
    private readonly IFetchJournal journal;
    private readonly TimeProvider time;
    private readonly long groupBytes;
    private readonly Task running;

    /// <param name="store">Where the chunks are.</param>
    /// <param name="journal">Where they are noted.</param>
    /// <param name="groupBytes">A group of so many bytes does not wait for more.</param>
    /// <param name="time">The clock.</param>
    /// <param name="failed">Hears of a failure at once, so that the fetch does not go on for nothing.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public CommitQueue(IChunkStore store, IFetchJournal journal, long groupBytes, TimeProvider time, Action failed, CancellationToken cancellationToken)
    {
        (this.store, this.journal, this.groupBytes, this.time) = (store, journal, groupBytes, time);
        running = Task.Run(
            async () =>
            {
                try
                {
                    await RunAsync(cancellationToken);
                }
                catch
                {
                    failed();
                    throw;
                }
            },
            CancellationToken.None);
    }

    public void Add(int fileIndex, JournaledChunk chunk) => queue.Writer.TryWrite((fileIndex, chunk));

    /// <summary>Returns when everything added is durable and in the journal; throws what went wrong.</summary>
    public Task CompleteAsync()
    {
        queue.Writer.TryComplete();
        return running;
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        var group = new List<(int FileIndex, JournaledChunk Chunk)>();
        while (await queue.Reader.WaitToReadAsync(cancellationToken))
        {
            await GatherAsync(group, cancellationToken);
            await store.FlushAsync(cancellationToken);
            foreach (var file in group.GroupBy(item => item.FileIndex, item => item.Chunk))
            {
                await journal.AppendAsync(file.Key, [.. file], cancellationToken);
            }

            group.Clear();
        }
    }

    private async Task GatherAsync(List<(int FileIndex, JournaledChunk Chunk)> group, CancellationToken cancellationToken)
    {
        using var linger = new CancellationTokenSource(Linger, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(linger.Token, cancellationToken);
        long bytes = 0;
        try
        {
            do
            {
                while (group.Count < GroupItems && bytes < groupBytes && queue.Reader.TryRead(out var item))
                {
                    group.Add(item);
                    bytes += item.Chunk.Length;
                }
            }
            while (group.Count < GroupItems && bytes < groupBytes && await queue.Reader.WaitToReadAsync(linked.Token));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Long enough: what is there goes.
        }
    }
}
