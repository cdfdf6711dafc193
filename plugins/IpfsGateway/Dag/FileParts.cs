using ModelPlatform.Plugins.IpfsGateway.Cids;
using ModelPlatform.Plugins.IpfsGateway.Gateways;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.IpfsGateway.Dag;

/// <summary>A stretch of a file small enough to be fetched in one piece: a leaf, or a few below one node.</summary>
/// <param name="Cid">Its block; null where <paramref name="Data"/> holds the bytes already.</param>
/// <param name="Data">Bytes that stood in an inner node.</param>
/// <param name="Position">Where it begins in the file.</param>
/// <param name="Size">Its length.</param>
/// <param name="Depth">How far below the root it lies.</param>
internal readonly record struct FilePart(Cid? Cid, ReadOnlyMemory<byte> Data, long Position, long Size, int Depth);

/// <summary>Walks a file's graph in order from an offset and cuts it into parts, reading inner nodes only.</summary>
/// <remarks>
/// Parts of no bytes are never fetched, so every block fetched answers for at least one byte, and the number of blocks is held against the bytes they gave:
/// a graph cannot make its reader work for nothing.
/// </remarks>
internal sealed class FileParts
{
    private const int FreeBlocks = 10_000;
    private const int BytesPerBlock = 1024;

    private readonly NodeReader nodes;
    private readonly IBlocks blocks;
    private readonly Cid root;
    private readonly long from;
    private readonly long to;
    private readonly Stack<(UnixFsNode Node, int Next, long Position)> stack = new();
    private long blockCount;

    /// <param name="nodes">Reads inner nodes.</param>
    /// <param name="blocks">Where blocks come from.</param>
    /// <param name="root">The file.</param>
    /// <param name="node">Its root node.</param>
    /// <param name="from">First byte wanted.</param>
    /// <param name="to">The byte after the last one wanted.</param>
    public FileParts(NodeReader nodes, IBlocks blocks, Cid root, UnixFsNode node, long from, long to)
    {
        (this.nodes, this.blocks, this.root, this.from, this.to) = (nodes, blocks, root, from, to);
        stack.Push((node, -1, 0));
    }

    /// <summary>Gives the next part; null after the last.</summary>
    public async ValueTask<Result<FilePart?>> NextAsync(CancellationToken cancellationToken)
    {
        while (stack.TryPop(out var frame))
        {
            var (node, next, position) = frame;
            if (next < 0)
            {
                stack.Push((node, 0, position + node.Data.Length));
                if (Overlaps(position, node.Data.Length))
                {
                    return new FilePart(null, node.Data, position, node.Data.Length, stack.Count);
                }

                continue;
            }

            if (next == node.Links.Count || position >= to)
            {
                continue;
            }

            var link = node.Links[next];
            stack.Push((node, next + 1, position + link.Size));
            if (!Overlaps(position, link.Size))
            {
                continue;
            }

            if (link.Cid.Codec == Cid.Raw || link.Size <= Block.Largest)
            {
                return new FilePart(link.Cid, default, position, link.Size, stack.Count);
            }

            if (stack.Count >= DirectoryReader.DeepestLevel)
            {
                return TooDeep();
            }

            if (Count() is { } tooMany)
            {
                return tooMany;
            }

            if (!(await nodes.ReadAsync(blocks, link.Cid, cancellationToken)).TryGet(out var child, out var error))
            {
                return error;
            }

            if (Check(link, child) is { } mismatch)
            {
                return mismatch;
            }

            stack.Push((child, -1, position));
        }

        return (FilePart?)null;
    }

    /// <summary>Fetches all of a part.</summary>
    public async ValueTask<Result<Block>> FetchAsync(FilePart part, CancellationToken cancellationToken)
    {
        if (part.Cid is null)
        {
            return Block.Copy(part.Data.Span);
        }

        if (Count() is { } tooMany)
        {
            return tooMany;
        }

        if (!(await blocks.GetAsync(part.Cid, cancellationToken)).TryGet(out var block, out var error))
        {
            return error;
        }

        if (part.Cid.Codec == Cid.Raw)
        {
            if (block.Bytes.Length == part.Size)
            {
                return block;
            }

            var length = block.Bytes.Length;
            block.Dispose();
            return UnixFsNode.Broken(part.Cid, $"has {length} bytes where the file says {part.Size}");
        }

        using (block)
        {
            var bytes = System.Buffers.ArrayPool<byte>.Shared.Rent((int)part.Size);
            var target = new Block(bytes, (int)part.Size);
            if (await FillAsync(new UnixFsLink(string.Empty, part.Cid, part.Size), block.Bytes, bytes.AsMemory(0, (int)part.Size), part.Depth, cancellationToken) is not { } failure)
            {
                return target;
            }

            target.Dispose();
            return failure;
        }
    }

    private async ValueTask<PlatformError?> FillAsync(UnixFsLink link, ReadOnlyMemory<byte> block, Memory<byte> target, int depth, CancellationToken cancellationToken)
    {
        if (depth > DirectoryReader.DeepestLevel)
        {
            return TooDeep();
        }

        if (!UnixFsNode.Read(link.Cid, block).TryGet(out var node, out var error) || (error = Check(link, node)) is not null)
        {
            return error;
        }

        node.Data.CopyTo(target);
        var at = node.Data.Length;
        foreach (var child in node.Links)
        {
            if (child.Size == 0)
            {
                continue;
            }

            if (Count() is { } tooMany)
            {
                return tooMany;
            }

            if (!(await blocks.GetAsync(child.Cid, cancellationToken)).TryGet(out var bytes, out error))
            {
                return error;
            }

            using (bytes)
            {
                error = await FillAsync(child, bytes.Bytes, target.Slice(at, (int)child.Size), depth + 1, cancellationToken);
                if (error is not null)
                {
                    return error;
                }
            }

            at += (int)child.Size;
        }

        return null;
    }

    private static PlatformError? Check(UnixFsLink link, UnixFsNode node) =>
        node.Kind != UnixFsKind.File ? UnixFsNode.Broken(link.Cid, "is a directory inside a file")
        : node.Size != link.Size ? UnixFsNode.Broken(link.Cid, $"has {node.Size} bytes where the file says {link.Size}")
        : null;

    private bool Overlaps(long position, long size) => size > 0 && position < to && position + size > from;

    private PlatformError? Count() => Interlocked.Increment(ref blockCount) > FreeBlocks + ((to - from) / BytesPerBlock)
        ? new PlatformError(ErrorCode.FileTooLarge, $"The file {root} is cut into more blocks than {BytesPerBlock} bytes each would make; it is not fetched.")
        : null;

    private PlatformError TooDeep() => new(ErrorCode.SecurityViolation, $"The file {root} is nested deeper than {DirectoryReader.DeepestLevel} levels, which no honest file is.");
}
