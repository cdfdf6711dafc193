namespace ModelPlatform.Fetching;

/// <summary>Hears how a fetch goes. Called from many threads, often: implementations coalesce.</summary>
public interface IFetchProgress
{
    /// <summary>The plan is made.</summary>
    /// <param name="plan">What will be fetched.</param>
    void Planned(FetchTotals plan);

    /// <summary>A chunk was verified.</summary>
    void ChunkVerified(VerifiedChunk chunk);

    /// <summary>Bytes arrived, verified or not: for the speed shown.</summary>
    void BytesReceived(int count);

    /// <summary>A source failed and the next one is tried.</summary>
    void SourceFailed(string source, Sources.PlatformError error);
}

/// <summary>What a plan amounts to.</summary>
/// <param name="Framework">Detected or named.</param>
/// <param name="Revision">Pinned revision.</param>
/// <param name="TotalBytes">Sum of the sizes; null while one is not known.</param>
/// <param name="TotalChunks">Null while a size is not known.</param>
/// <param name="Files">The files with their sizes.</param>
/// <param name="Metadata">What the source says of the model.</param>
public sealed record FetchTotals(string Framework, string? Revision, long? TotalBytes, int? TotalChunks, IReadOnlyList<(string Path, long? Size)> Files, System.Text.Json.Nodes.JsonObject Metadata);

/// <summary>A chunk that was just verified.</summary>
/// <param name="FileIndex">Which file of the plan.</param>
/// <param name="Path">Its path.</param>
/// <param name="Index">Which chunk of the file.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Reused">It was not downloaded in this job: it was in the store already, or in the journal.</param>
/// <param name="Source">Index of the source it came from; -1 where it was reused.</param>
public readonly record struct VerifiedChunk(int FileIndex, string Path, int Index, int Length, bool Reused, int Source)
{
    /// <summary>Who gave it, where the source draws on several.</summary>
    public string? Provider { get; init; }
}
