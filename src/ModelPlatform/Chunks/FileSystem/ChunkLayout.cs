using ModelPlatform.Integrity;

namespace ModelPlatform.Chunks.FileSystem;

/// <summary>Which file is what below the store's directory: <c>chunks/ab/abcdef…</c>, with <c>.br</c> or <c>.zz</c> where it is compressed.</summary>
internal sealed class ChunkLayout(string storeDirectory)
{
    private static readonly (ChunkCompression Compression, string Suffix)[] Suffixes = [(ChunkCompression.None, ""), (ChunkCompression.Brotli, ".br"), (ChunkCompression.Zlib, ".zz")];

    public string Root { get; } = Path.Combine(storeDirectory, "chunks");

    public string Temporary => Path.Combine(Root, ".temporary");

    public string Quarantine => Path.Combine(Root, ".quarantine");

    public IEnumerable<string> Shards => Enumerable.Range(0, 256).Select(i => Path.Combine(Root, i.ToString("x2", System.Globalization.CultureInfo.InvariantCulture)));

    public string PathOf(Sha256Digest id, ChunkCompression compression)
    {
        var name = id.ToString();
        return Path.Combine(Root, name[..2], name + Suffixes[(int)compression].Suffix);
    }

    public string NewTemporary(Sha256Digest id) => Path.Combine(Temporary, $"{id}.{Guid.NewGuid():N}");

    /// <summary>The file that holds a chunk, whatever its compression.</summary>
    public ChunkFile? Find(Sha256Digest id)
    {
        foreach (var (compression, _) in Suffixes)
        {
            var path = PathOf(id, compression);
            if (FileIdentity.Of(path) is { } identity)
            {
                return new ChunkFile(path, compression, identity);
            }
        }

        return null;
    }

    public static bool TryParseName(ReadOnlySpan<char> fileName, out Sha256Digest id)
    {
        id = default;
        var suffix = fileName.Length < 64 ? null : fileName[64..].ToString();
        return suffix is not null && Suffixes.Any(known => known.Suffix == suffix) && Sha256Digest.TryParse(fileName[..64].ToString(), out id);
    }
}

/// <summary>A stored chunk's file.</summary>
internal readonly record struct ChunkFile(string Path, ChunkCompression Compression, FileIdentity Identity);
