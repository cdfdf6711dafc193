using ModelPlatform.Manifests;

namespace ModelPlatform.Serving;

/// <summary>Reads ranges of artifacts out of verified chunks.</summary>
public interface IArtifactReader
{
    /// <summary>Writes <paramref name="length"/> bytes from <paramref name="offset"/> to a pipe, each chunk verified before its first byte leaves.</summary>
    /// <exception cref="Sources.PlatformException">A chunk is missing or no longer matches its hash: it was quarantined and a repair asked for.</exception>
    Task CopyToAsync(ManifestArtifact artifact, long offset, long length, System.IO.Pipelines.PipeWriter destination, CancellationToken cancellationToken);

    /// <summary>The same as a seekable stream, for in-process readers.</summary>
    Stream OpenRead(ManifestArtifact artifact);
}
