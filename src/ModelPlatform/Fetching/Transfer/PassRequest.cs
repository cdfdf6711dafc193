using ModelPlatform.Integrity;
using ModelPlatform.Sources;

namespace ModelPlatform.Fetching.Transfer;

/// <summary>One way through one file: from one source, over what is proven of it already.</summary>
internal sealed record PassRequest
{
    /// <summary>Index of the file in the plan.</summary>
    public required int FileIndex { get; init; }

    /// <summary>The file as this source names it.</summary>
    public required SourceFile File { get; init; }

    /// <summary>The source's name.</summary>
    public required string Source { get; init; }

    /// <summary>Index of the source in the request.</summary>
    public required int SourceIndex { get; init; }

    /// <summary>Path of the artifact.</summary>
    public required string Path { get; init; }

    /// <summary>Bytes in each chunk but the last.</summary>
    public required int ChunkSize { get; init; }

    /// <summary>Hashes that the chunks must have.</summary>
    public IReadOnlyList<Sha256Digest>? KnownChunks { get; init; }

    /// <summary>Chunks that were stored before and may be used once they are hashed again.</summary>
    public IReadOnlyDictionary<int, JournaledChunk> Stored { get; init; } = new Dictionary<int, JournaledChunk>();

    /// <summary>Whether something shows that two answers are of one file: a digest, known chunks, a validator, a pinned revision.</summary>
    public required bool IsGuarded { get; init; }

    /// <summary>Whether a digest decides at the end if the bytes are right.</summary>
    public required bool IsPinned { get; init; }

    /// <summary>One connection from the start on, for sources without ranges or length.</summary>
    public bool IsSequential { get; init; }

    /// <summary>Ranges were answered wrongly: every connection asks for the whole file and reads over what is here.</summary>
    public bool AsksForAll { get; init; }

    /// <summary>The validator moves from answer to answer, so it says nothing: only one answer, or a digest, makes a whole.</summary>
    public bool IgnoresValidator { get; init; }

    /// <summary>An answer with the whole file that an earlier pass could not use: the first one here.</summary>
    public OpenedFile? Opened { get; init; }

    /// <summary>So many chunks from the start are read only to see that they are still <see cref="KnownChunks"/>; null where chunks are fetched.</summary>
    public int? Confirms { get; init; }
}

/// <summary>How a pass ended.</summary>
/// <param name="Chunks">What was verified and stored, by index.</param>
internal abstract record PassOutcome(IReadOnlyDictionary<int, JournaledChunk> Chunks);

/// <summary>Every byte is here.</summary>
internal sealed record PassCompleted(IReadOnlyDictionary<int, JournaledChunk> Chunks, long Size, Sha256Digest Sha256, string? GitBlobSha1) : PassOutcome(Chunks)
{
    /// <summary>Where the last answer began that was joined to the bytes before it although nothing showed that they are of one file; 0 where none was.</summary>
    public long JoinedAt { get; init; }
}


/// <summary>The source gave up, or was given up.</summary>
internal sealed record PassFailed(IReadOnlyDictionary<int, JournaledChunk> Chunks, SourceFailure Failure) : PassOutcome(Chunks)
{
    /// <summary>An answer with the whole file, still open; whoever gets it uses or ends it.</summary>
    public OpenedFile? Whole { get; init; }

    /// <summary>What the source's answers were known by.</summary>
    public string? Validator { get; init; }
}

