using System.Numerics;
using System.Text;
using ModelPlatform.Plugins.IpfsGateway.Cids;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.IpfsGateway.Dag;

/// <summary>What a block is in the file system.</summary>
internal enum UnixFsKind
{
    File,
    Directory,
    Shard,
}

/// <summary>A pointer to another block.</summary>
/// <param name="Name">Of the entry; empty inside files.</param>
/// <param name="Cid">Where it points.</param>
/// <param name="Size">A file's part: how many bytes of the file lie below. An entry: what its writer said of its total size, unproven.</param>
internal readonly record struct UnixFsLink(string Name, Cid Cid, long Size);

/// <summary>A block as UnixFS reads it, with every claim that one block alone can prove checked.</summary>
/// <param name="Kind">File, directory, or a shard of one.</param>
/// <param name="Data">A file's bytes that stand before those of its links. Borrowed from the block it was read from.</param>
/// <param name="Size">A file's length; 0 for directories.</param>
/// <param name="Links">Parts or entries, in order.</param>
/// <param name="Fanout">Slots of a shard; 0 otherwise.</param>
internal sealed record UnixFsNode(UnixFsKind Kind, ReadOnlyMemory<byte> Data, long Size, IReadOnlyList<UnixFsLink> Links, int Fanout)
{
    private const int LargestFanout = 1024;
    private const ulong Murmur3 = 0x22;
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>How many digits stand before an entry's name in a shard.</summary>
    public int PrefixLength => (BitOperations.Log2((uint)Fanout) + 3) / 4;

    /// <summary>Reads a block whose bytes were checked against <paramref name="cid"/>.</summary>
    public static Result<UnixFsNode> Read(Cid cid, ReadOnlyMemory<byte> block)
    {
        if (cid.Codec == Cid.Raw)
        {
            return new UnixFsNode(UnixFsKind.File, block, block.Length, [], 0);
        }

        var links = new List<UnixFsLink>();
        var data = default(ReadOnlyMemory<byte>?);
        var reader = new ProtobufReader(block.Span);
        while (reader.Read())
        {
            if (reader.IsNumber || reader.Field is not (1 or 2) || (reader.Field == 1 && data is not null))
            {
                return Broken(cid, "has a field dag-pb does not know, or its data twice");
            }

            if (reader.Field == 1)
            {
                data = block.Slice(reader.Start, reader.Bytes.Length);
            }
            else if (ReadLink(cid, reader.Bytes, links) is { } error)
            {
                return error;
            }
        }

        return reader.IsBroken ? Broken(cid, "is not valid dag-pb")
            : data is null ? Broken(cid, "holds no UnixFS data: it is not a file or a directory")
            : ReadData(cid, data.Value, links);
    }

    public static PlatformError Broken(Cid cid, string what) => new(ErrorCode.IntegrityFailed, $"The block {cid} {what}. Whoever published it has to publish it anew.");

    private static PlatformError? ReadLink(Cid cid, ReadOnlySpan<byte> bytes, List<UnixFsLink> links)
    {
        var reader = new ProtobufReader(bytes);
        var (target, name, size) = (default(Cid), string.Empty, 0UL);
        while (reader.Read())
        {
            switch (reader.Field, reader.IsNumber)
            {
                case (1, false) when target is null:
                    if (!Cid.Read(reader.Bytes, out var length).TryGet(out target, out var error))
                    {
                        return error with { Code = ErrorCode.IntegrityFailed, Message = $"The block {cid} links to something this plugin cannot read. {error.Message}" };
                    }

                    if (length != reader.Bytes.Length)
                    {
                        return Broken(cid, "has a link with bytes after its identifier");
                    }

                    break;
                case (2, false):
                    try
                    {
                        name = Strict.GetString(reader.Bytes);
                    }
                    catch (DecoderFallbackException)
                    {
                        return Broken(cid, "has an entry whose name is not UTF-8");
                    }

                    break;
                case (3, true):
                    size = reader.Number;
                    break;
                default:
                    return Broken(cid, "has a link with a field dag-pb does not know");
            }
        }

        if (reader.IsBroken || target is null)
        {
            return Broken(cid, "has a link that is not valid dag-pb");
        }

        links.Add(new UnixFsLink(name, target, size > long.MaxValue ? 0 : (long)size));
        return null;
    }

    private static Result<UnixFsNode> ReadData(Cid cid, ReadOnlyMemory<byte> message, List<UnixFsLink> links)
    {
        var reader = new ProtobufReader(message.Span);
        var (type, size, hash, fanout) = (ulong.MaxValue, default(ulong?), 0UL, 0UL);
        var data = ReadOnlyMemory<byte>.Empty;
        var parts = new List<ulong>();
        while (reader.Read())
        {
            switch (reader.Field, reader.IsNumber)
            {
                case (1, true): type = reader.Number; break;
                case (2, false): data = message.Slice(reader.Start, reader.Bytes.Length); break;
                case (3, true): size = reader.Number; break;
                case (4, true): parts.Add(reader.Number); break;
                case (4, false):
                    var packed = reader.Bytes;
                    while (packed.Length > 0 && Varint.Read(packed, out var part) is var read and > 0)
                    {
                        parts.Add(part);
                        packed = packed[read..];
                    }

                    if (packed.Length > 0)
                    {
                        return Broken(cid, "is not valid UnixFS");
                    }

                    break;
                case (5, true): hash = reader.Number; break;
                case (6, true): fanout = reader.Number; break;
                case (7, true) or (8, false): break;
                default: return Broken(cid, "has a field UnixFS does not know");
            }
        }

        return reader.IsBroken ? Broken(cid, "is not valid UnixFS") : type switch
        {
            0 or 2 => ToFile(cid, data, size, parts, links),
            1 => new UnixFsNode(UnixFsKind.Directory, default, 0, links, 0),
            4 => new PlatformError(ErrorCode.SecurityViolation, $"The block {cid} is a symbolic link, which is not followed."),
            5 => ToShard(cid, data.Span, hash, fanout, links),
            _ => Broken(cid, $"is of the UnixFS type {type}, which is neither a file nor a directory"),
        };
    }

    private static Result<UnixFsNode> ToFile(Cid cid, ReadOnlyMemory<byte> data, ulong? declared, List<ulong> parts, List<UnixFsLink> links)
    {
        if (parts.Count != links.Count)
        {
            return Broken(cid, $"is a file of {links.Count} parts with {parts.Count} sizes");
        }

        var sum = (UInt128)data.Length;
        for (var i = 0; i < links.Count; i++)
        {
            if (links[i].Name.Length > 0)
            {
                return Broken(cid, "is a file whose parts have names");
            }

            sum += parts[i];
            if (sum > long.MaxValue)
            {
                return Broken(cid, "is a file of more than 2^63-1 bytes");
            }

            links[i] = links[i] with { Size = (long)parts[i] };
        }

        return declared is { } size && size != sum
            ? Broken(cid, $"is a file of {size} bytes whose parts are {sum} bytes")
            : new UnixFsNode(UnixFsKind.File, data, (long)sum, links, 0);
    }

    private static Result<UnixFsNode> ToShard(Cid cid, ReadOnlySpan<byte> bits, ulong hash, ulong fanout, List<UnixFsLink> links)
    {
        if (fanout is < 8 or > LargestFanout || !BitOperations.IsPow2(fanout))
        {
            return Broken(cid, $"is a directory shard with {fanout} slots; a power of two from 8 to {LargestFanout} is allowed");
        }

        if (hash != Murmur3)
        {
            return Broken(cid, $"is a directory shard by the hash 0x{hash:x}; only murmur3-x64-64 is known");
        }

        var set = 0;
        foreach (var octet in bits)
        {
            set += BitOperations.PopCount(octet);
        }

        var node = new UnixFsNode(UnixFsKind.Shard, default, 0, links, (int)fanout);
        if (bits.Length > (int)fanout / 8 || set != links.Count)
        {
            return Broken(cid, "is a directory shard whose slots and entries disagree");
        }

        foreach (var link in links)
        {
            if (link.Name.Length < node.PrefixLength || node.SlotOf(link) is not { } slot || slot >= node.Fanout)
            {
                return Broken(cid, "is a directory shard with an entry in no slot");
            }
        }

        return node;
    }

    /// <summary>Which slot of a shard an entry stands in; null where its name has no number.</summary>
    public int? SlotOf(UnixFsLink link) =>
        int.TryParse(link.Name.AsSpan(0, PrefixLength), System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture, out var slot) ? slot : null;
}
