using ModelPlatform.Integrity;

namespace ModelPlatform.Chunks.Housekeeping;

/// <summary>Reads stored chunks again and compares them with their names.</summary>
public interface IScrubber
{
    /// <summary>Verifies every chunk in the store and every chunk a manifest names, at no more than <c>Chunks:ScrubBytesPerSecond</c>, and heals what is wrong where a source still has it.</summary>
    Task<ScrubReport> VerifyAsync(CancellationToken cancellationToken);
}

/// <summary>What a verification found.</summary>
/// <param name="Checked">Chunks looked at.</param>
/// <param name="Bad">Those that were not right, each exactly once.</param>
public sealed record ScrubReport(int Checked, IReadOnlyList<BadChunk> Bad);

/// <summary>A chunk that was not right.</summary>
/// <param name="Chunk">Its name.</param>
/// <param name="Reason">What is wrong, and which model it belongs to.</param>
/// <param name="Healed">It was fetched again from where its model came, and is right now.</param>
public sealed record BadChunk(Sha256Digest Chunk, string Reason, bool Healed);
