using ModelPlatform.Sources;

namespace ModelPlatform.Sites.Exchange;

/// <summary>What this site answers to another one, as the bytes of the answer.</summary>
public interface ISyncAnswers
{
    /// <summary>Changes after a position: JSON.</summary>
    /// <param name="since">The position.</param>
    /// <param name="limit">At most so many; null as many as fit.</param>
    /// <param name="have">What the asker has: <c>SITE:TIME,…</c>.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    Task<Result<ReadOnlyMemory<byte>>> ReadChangesAsync(long since, int? limit, string? have, CancellationToken cancellationToken);

    /// <summary>Takes in changes that a site sends: JSON.</summary>
    Task<Result<ReadOnlyMemory<byte>>> TakeChangesAsync(Stream body, CancellationToken cancellationToken);

    /// <summary>The digest: 16 bytes for each bucket.</summary>
    Task<ReadOnlyMemory<byte>> ReadDigestAsync(CancellationToken cancellationToken);

    /// <summary>The short names of the states in the buckets asked for: for each bucket their number in 4 bytes, then 8 bytes each.</summary>
    Task<Result<ReadOnlyMemory<byte>>> ReadBucketsAsync(Stream body, CancellationToken cancellationToken);

    /// <summary>The states of these names: JSON.</summary>
    Task<Result<ReadOnlyMemory<byte>>> ReadStatesAsync(Stream body, CancellationToken cancellationToken);
}
