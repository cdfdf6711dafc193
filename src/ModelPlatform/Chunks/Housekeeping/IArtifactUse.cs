using ModelPlatform.Integrity;

namespace ModelPlatform.Chunks.Housekeeping;

/// <summary>When artifacts were last read, by all processes.</summary>
public interface IArtifactUse
{
    /// <summary>Notes that an artifact is being read, until the result is disposed.</summary>
    IDisposable Begin(Sha256Digest artifact);

    /// <summary>When one of the artifacts was last read; null where that is not known.</summary>
    ValueTask<DateTimeOffset?> LastUsedAsync(IReadOnlyCollection<Sha256Digest> artifacts, CancellationToken cancellationToken);
}
