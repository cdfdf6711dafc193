namespace ModelPlatform.Client.Models;

/// <summary>A Merkle proof that a chunk belongs to an artifact.</summary>
public sealed record ChunkProof
{
    /// <summary>SHA-256 of the chunk, lower-case hex.</summary>
    public string ChunkHash { get; init; } = "";

    /// <summary>Which chunk, from 0.</summary>
    public int ChunkIndex { get; init; }

    /// <summary>How many there are.</summary>
    public int ChunkCount { get; init; }

    /// <summary>The siblings, from the leaf up.</summary>
    public IReadOnlyList<ProofStep> Proof { get; init; } = [];

    /// <summary>The root they lead to.</summary>
    public string MerkleRoot { get; init; } = "";
}

/// <summary>A sibling on the way to the root.</summary>
/// <param name="Hash">Lower-case hex.</param>
/// <param name="Position">left or right.</param>
public sealed record ProofStep(string Hash, string Position);
