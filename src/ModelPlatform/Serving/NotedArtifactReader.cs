using System.IO.Pipelines;
using ModelPlatform.Chunks.Housekeeping;
using ModelPlatform.Manifests;

namespace ModelPlatform.Serving;

/// <summary>Reads as another reader does, and notes which artifacts are in use, so that eviction spares them.</summary>
internal sealed class NotedArtifactReader(IArtifactReader inner, IArtifactUse use) : IArtifactReader
{
    public async Task CopyToAsync(ManifestArtifact artifact, long offset, long length, PipeWriter destination, CancellationToken cancellationToken)
    {
        using var reading = use.Begin(artifact.Sha256);
        await inner.CopyToAsync(artifact, offset, length, destination, cancellationToken);
    }

    public Stream OpenRead(ManifestArtifact artifact)
    {
        // A stream may be kept for long: what counts is that it was opened.
        use.Begin(artifact.Sha256).Dispose();
        return inner.OpenRead(artifact);
    }
}
