using ModelPlatform.Integrity;

namespace ModelPlatform.Chunks.FileSystem;

/// <summary>What a store of plain files can do beyond <see cref="IChunkStore"/>: let a reader read the file itself, and tell whether it has changed since.</summary>
internal interface IChunkFiles
{
    /// <summary>The file of a chunk; null where it is absent or compressed.</summary>
    ChunkFile? FindPlain(Sha256Digest id);
}
