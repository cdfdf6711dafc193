using ModelPlatform.Integrity;

namespace ModelPlatform.Fetching;

/// <summary>What a fetch has proven so far, kept outside the process (Redis, or a file where there is no server) and guarded by the job's lease.</summary>
/// <remarks>Every write throws <see cref="StaleLeaseException"/> once another runner owns the job.</remarks>
public interface IFetchJournal
{
    /// <summary>The plan of an earlier run as JSON bytes; null on the first.</summary>
    ValueTask<ReadOnlyMemory<byte>?> ReadPlanAsync(CancellationToken cancellationToken);

    /// <summary>Keeps the plan. A new plan forgets the chunks of the old one.</summary>
    ValueTask WritePlanAsync(ReadOnlyMemory<byte> plan, CancellationToken cancellationToken);

    /// <summary>Chunks of one file that earlier runs stored durably.</summary>
    ValueTask<IReadOnlyList<JournaledChunk>> ReadChunksAsync(int fileIndex, CancellationToken cancellationToken);

    /// <summary>Adds chunks that are durable in the chunk store.</summary>
    ValueTask AppendAsync(int fileIndex, IReadOnlyList<JournaledChunk> chunks, CancellationToken cancellationToken);
}

/// <summary>One proven chunk of a file.</summary>
/// <param name="Index">Which chunk of the file, from 0.</param>
/// <param name="Id">Its hash.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Source">Which source gave it: an index into the request's sources; -1 where it was in the store already.</param>
public readonly record struct JournaledChunk(int Index, Sha256Digest Id, int Length, int Source);
