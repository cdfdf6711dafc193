namespace ModelPlatform.Chunks;

/// <summary>What <see cref="IChunkStore.PutAsync"/> did.</summary>
public enum ChunkPut
{
    /// <summary>The bytes were written.</summary>
    Stored,

    /// <summary>The chunk was there already, and was touched.</summary>
    AlreadyPresent,
}
