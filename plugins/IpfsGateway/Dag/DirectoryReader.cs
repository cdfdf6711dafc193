using System.Numerics;
using System.Text;
using ModelPlatform.Plugins.IpfsGateway.Cids;
using ModelPlatform.Plugins.IpfsGateway.Gateways;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.IpfsGateway.Dag;

/// <summary>A regular file below a directory.</summary>
internal sealed record DirectoryFile(string Path, Cid Cid, long Size);

/// <summary>Finds paths in directories and lists what is below them, within limits no graph can talk its way out of.</summary>
internal sealed class DirectoryReader(NodeReader nodes, IBlocks blocks)
{
    public const int DeepestLevel = 32;
    private const int MostFiles = 100_000;
    private const int MostBlocks = 200_000;
    private const int Parallelism = 8;

    private sealed record Place(string Path, Cid Cid, bool IsShard, int Level);

    /// <summary>Walks a path from the root, entry by entry.</summary>
    public async ValueTask<Result<Cid>> ResolveAsync(Cid root, IReadOnlyList<string> segments, CancellationToken cancellationToken)
    {
        var cid = root;
        for (var i = 0; i < segments.Count; i++)
        {
            if (!(await nodes.ReadAsync(blocks, cid, cancellationToken)).TryGet(out var node, out var error))
            {
                return error;
            }

            var soFar = i == 0 ? root.ToString() : $"{root}/{string.Join('/', segments.Take(i))}";
            if (node.Kind == UnixFsKind.File)
            {
                return new PlatformError(ErrorCode.ModelNotFound, $"{soFar} is a file, so nothing lies below it. Leave the rest of the path away.");
            }

            var found = node.Kind == UnixFsKind.Directory ? Find(node, segments[i]) : await FindInShardAsync(node, segments[i], cancellationToken);
            if (!found.TryGet(out var next, out error))
            {
                return error;
            }

            if (next is null)
            {
                return new PlatformError(ErrorCode.ModelNotFound, $"The directory {soFar} has no entry '{segments[i]}'. Check the path.");
            }

            cid = next;
        }

        return cid;
    }

    /// <summary>Lists every regular file below a directory, by path.</summary>
    public async ValueTask<Result<List<DirectoryFile>>> ListAsync(Cid root, UnixFsNode rootNode, CancellationToken cancellationToken)
    {
        var files = new List<DirectoryFile>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var blockCount = 1;
        List<(Place Place, UnixFsNode Node)> level = [(new Place(string.Empty, root, rootNode.Kind == UnixFsKind.Shard, 0), rootNode)];
        while (level.Count > 0)
        {
            var below = new List<Place>();
            foreach (var (place, node) in level)
            {
                var error = Expand(place, node, seen, below, files);
                if (error is null && (files.Count > MostFiles || blockCount + below.Count > MostBlocks))
                {
                    error = new PlatformError(ErrorCode.FileTooLarge, $"The directory {root} has more than {MostFiles} files, or {MostBlocks} blocks to list. Name a directory further down.");
                }

                if (error is not null)
                {
                    return error;
                }
            }

            blockCount += below.Count;
            var read = await ReadAllAsync(below, cancellationToken);
            level.Clear();
            for (var i = 0; i < below.Count; i++)
            {
                if (!read[i].TryGet(out var node, out var error))
                {
                    return error;
                }

                var place = below[i];
                if (place.IsShard && node.Kind != UnixFsKind.Shard)
                {
                    return UnixFsNode.Broken(place.Cid, "stands where a shard of a directory belongs");
                }

                if (node.Kind == UnixFsKind.File)
                {
                    files.Add(new DirectoryFile(place.Path, place.Cid, node.Size));
                }
                else
                {
                    level.Add((place with { IsShard = node.Kind == UnixFsKind.Shard }, node));
                }
            }
        }

        files.Sort((one, other) => string.CompareOrdinal(one.Path, other.Path));
        return files;
    }

    private static PlatformError? Expand(Place place, UnixFsNode node, HashSet<string> seen, List<Place> below, List<DirectoryFile> files)
    {
        if (place.Level == DeepestLevel)
        {
            return new PlatformError(ErrorCode.SecurityViolation, $"The directory '{place.Path}' lies deeper than {DeepestLevel} levels, which no honest model does.");
        }

        foreach (var link in node.Links)
        {
            var name = node.Kind == UnixFsKind.Shard ? link.Name[node.PrefixLength..] : link.Name;
            if (node.Kind == UnixFsKind.Shard && name.Length == 0)
            {
                below.Add(new Place(place.Path, link.Cid, IsShard: true, place.Level + 1));
                continue;
            }

            var path = place.Path.Length == 0 ? name : $"{place.Path}/{name}";
            if (name.Contains('/') || ArtifactPath.FindFault(path) is not null)
            {
                return new PlatformError(ErrorCode.SecurityViolation, $"The directory {place.Cid} has an entry whose name is refused: {(name.Contains('/') ? "it has a slash" : ArtifactPath.FindFault(path))}.");
            }

            if (!seen.Add(path))
            {
                continue; // The first of equal names is the entry.
            }

            if (link.Cid.Codec == Cid.Raw && (link.Cid.Inline?.Length ?? link.Size) is var size and (> 0 and <= Block.Largest))
            {
                files.Add(new DirectoryFile(path, link.Cid, size));
            }
            else
            {
                below.Add(new Place(path, link.Cid, IsShard: false, place.Level + 1));
            }
        }

        return null;
    }

    private async Task<Result<UnixFsNode>[]> ReadAllAsync(List<Place> places, CancellationToken cancellationToken)
    {
        var results = new Result<UnixFsNode>[places.Count];
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var failed = default(PlatformError);
        try
        {
            await Parallel.ForAsync(0, places.Count, new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = enough.Token }, async (i, token) =>
            {
                results[i] = await nodes.ReadAsync(blocks, places[i].Cid, token);
                if (results[i].Error is { } error)
                {
                    Interlocked.CompareExchange(ref failed, error with { Message = places[i].Path.Length > 0 ? $"'{places[i].Path}': {error.Message}" : error.Message }, null);
                    await enough.CancelAsync();
                }
            });
        }
        catch (OperationCanceledException) when (failed is not null && !cancellationToken.IsCancellationRequested)
        {
            results[0] = failed;
        }

        return results;
    }

    private static Result<Cid?> Find(UnixFsNode directory, string name)
    {
        foreach (var link in directory.Links)
        {
            if (link.Name == name)
            {
                return link.Cid;
            }
        }

        return (Cid?)null;
    }

    private async ValueTask<Result<Cid?>> FindInShardAsync(UnixFsNode shard, string name, CancellationToken cancellationToken)
    {
        var hash = Murmur3.Hash(Encoding.UTF8.GetBytes(name));
        var used = 0;
        for (var level = 0; level < DeepestLevel; level++)
        {
            var width = BitOperations.Log2((uint)shard.Fanout);
            if (used + width > 64)
            {
                return (Cid?)null;
            }

            var slot = (int)(hash << used >> (64 - width));
            used += width;
            var next = default(Cid);
            foreach (var link in shard.Links)
            {
                if (shard.SlotOf(link) != slot)
                {
                    continue;
                }

                if (link.Name.Length > shard.PrefixLength)
                {
                    if (link.Name.AsSpan(shard.PrefixLength).SequenceEqual(name))
                    {
                        return link.Cid;
                    }
                }
                else
                {
                    next ??= link.Cid;
                }
            }

            if (next is null)
            {
                return (Cid?)null;
            }

            if (!(await nodes.ReadAsync(blocks, next, cancellationToken)).TryGet(out var below, out var error))
            {
                return error;
            }

            if (below.Kind != UnixFsKind.Shard || below.Fanout != shard.Fanout)
            {
                return UnixFsNode.Broken(next, "stands where a shard of a directory belongs");
            }

            shard = below;
        }

        return (Cid?)null;
    }
}
