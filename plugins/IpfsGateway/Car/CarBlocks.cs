using ModelPlatform.Plugins.IpfsGateway.Cids;
using ModelPlatform.Plugins.IpfsGateway.Gateways;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.IpfsGateway.Car;

/// <summary>Takes a file's blocks from one CAR stream; where that ends, breaks, lies or leaves one out, from the gateways one by one.</summary>
/// <remarks>Blocks are asked for in the order the stream sends them, one at a time. Those that come early wait in a bounded place.</remarks>
internal sealed class CarBlocks(GatewayBlocks gateways, Cid root, string scope, Func<Cid, bool> isNeedless, SourceContext context) : IBlocks, IAsyncDisposable
{
    private const int MostEarlyBytes = 16 * 1024 * 1024;

    private readonly Dictionary<Cid, Queue<Block>> early = [];
    private int earlyBytes;
    private CarReader? reader;
    private bool isOver;

    public async ValueTask<Result<Block>> GetAsync(Cid cid, CancellationToken cancellationToken)
    {
        if (cid.Inline is { } inline)
        {
            return Block.Copy(inline);
        }

        if (TakeEarly(cid) is { } waiting)
        {
            return waiting;
        }

        await OpenAsync(cancellationToken);
        while (!isOver && earlyBytes <= MostEarlyBytes)
        {
            var result = await reader!.ReadAsync(cancellationToken);
            if (!result.TryGet(out var section, out var error) || section is null)
            {
                await EndAsync(error ?? new PlatformError(ErrorCode.DownloadIncomplete, $"{reader.Gateway.Name} ended a CAR before the block {cid}."));
                break;
            }

            if (section.Cid.Equals(cid))
            {
                return section.Block;
            }

            if (isNeedless(section.Cid))
            {
                section.Block.Dispose();
                continue;
            }

            earlyBytes += section.Block.Bytes.Length;
            if (!early.TryGetValue(section.Cid, out var queue))
            {
                early[section.Cid] = queue = new Queue<Block>();
            }

            queue.Enqueue(section.Block);
        }

        return await gateways.GetAsync(cid, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var block in early.Values.SelectMany(queue => queue))
        {
            block.Dispose();
        }

        early.Clear();
        if (reader is not null)
        {
            await reader.DisposeAsync();
        }
    }

    private Block? TakeEarly(Cid cid)
    {
        if (!early.TryGetValue(cid, out var queue))
        {
            return null;
        }

        var block = queue.Dequeue();
        earlyBytes -= block.Bytes.Length;
        if (queue.Count == 0)
        {
            early.Remove(cid);
        }

        return block;
    }

    private async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        if (reader is not null || isOver)
        {
            return;
        }

        foreach (var gateway in gateways.InOrder())
        {
            var result = await gateways.Client.OpenCarAsync(gateway, root, scope, cancellationToken);
            if (result.TryGet(out reader, out var error))
            {
                return;
            }

            gateways.Judge(gateway, error);
        }

        isOver = true;
    }

    private async ValueTask EndAsync(PlatformError error)
    {
        isOver = true;
        gateways.Judge(reader!.Gateway, error);
        context.Log(SourceLogLevel.Information, $"A CAR stream ended early; the rest comes block by block. {error.Message}");
        await reader.DisposeAsync();
    }
}
