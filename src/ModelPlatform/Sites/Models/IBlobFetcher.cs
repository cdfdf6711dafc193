using ModelPlatform.Documents;

namespace ModelPlatform.Sites.Models;

/// <summary>Brings the blob of a reference here.</summary>
public interface IBlobFetcher
{
    /// <summary>Fetches it from the sites that hold it; waits where none is there. Ends with <c>complete</c> or <c>failed</c>.</summary>
    IAsyncEnumerable<BlobFetchStep> FetchAsync(BlobReference reference, CancellationToken cancellationToken);
}

/// <summary>How a fetch of a blob goes.</summary>
/// <param name="Step">waiting, progress, complete or failed.</param>
public sealed record BlobFetchStep(string Step)
{
    /// <summary>The model the blob belongs to.</summary>
    public string? ModelId { get; init; }

    /// <summary>The job that fetches it.</summary>
    public string? JobId { get; init; }

    /// <summary>Bytes that are here and verified.</summary>
    public long? DownloadedBytes { get; init; }

    /// <summary>Bytes of all.</summary>
    public long? TotalBytes { get; init; }

    /// <summary>Where it can be read here, below the API's address.</summary>
    public string? Path { get; init; }

    /// <summary>How many chunks each site gave.</summary>
    public IReadOnlyDictionary<string, int>? ChunkProviders { get; init; }

    /// <summary>Why it waits or failed.</summary>
    public string? Reason { get; init; }
}
