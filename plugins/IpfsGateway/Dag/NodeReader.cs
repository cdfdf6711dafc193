using ModelPlatform.Plugins.IpfsGateway.Cids;
using ModelPlatform.Plugins.IpfsGateway.Gateways;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.IpfsGateway.Dag;

/// <summary>Reads inner nodes, and keeps the latest: every range of a file begins at its root.</summary>
internal sealed class NodeReader
{
    private const int MostLinks = 64 * 1024;

    private readonly Lock gate = new();
    private readonly Dictionary<Cid, LinkedListNode<(Cid Cid, UnixFsNode Node)>> known = [];
    private readonly LinkedList<(Cid Cid, UnixFsNode Node)> byAge = [];
    private int links;

    /// <summary>Gets a node. Its data, where it has any, is its own copy.</summary>
    public async ValueTask<Result<UnixFsNode>> ReadAsync(IBlocks blocks, Cid cid, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (known.TryGetValue(cid, out var entry))
            {
                byAge.Remove(entry);
                byAge.AddFirst(entry);
                return entry.Value.Node;
            }
        }

        if (!(await blocks.GetAsync(cid, cancellationToken)).TryGet(out var block, out var error))
        {
            return error;
        }

        using (block)
        {
            if (!UnixFsNode.Read(cid, block.Bytes).TryGet(out var node, out error))
            {
                return error;
            }

            node = node with { Data = node.Data.ToArray() };
            Keep(cid, node);
            return node;
        }
    }

    /// <summary>Whether a node is kept, so that nobody needs its block.</summary>
    public bool Knows(Cid cid)
    {
        lock (gate)
        {
            return known.ContainsKey(cid);
        }
    }

    private void Keep(Cid cid, UnixFsNode node)
    {
        // A leaf is read once; its bytes belong to the reader, not here.
        if (node.Links.Count == 0 || node.Data.Length > 4096)
        {
            return;
        }

        lock (gate)
        {
            if (!known.TryAdd(cid, byAge.AddFirst((cid, node))))
            {
                byAge.RemoveFirst();
                return;
            }

            links += node.Links.Count;
            while (links > MostLinks && byAge.Last is { } oldest && byAge.Count > 1)
            {
                byAge.RemoveLast();
                known.Remove(oldest.Value.Cid);
                links -= oldest.Value.Node.Links.Count;
            }
        }
    }
}
