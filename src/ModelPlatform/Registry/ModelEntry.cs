using ModelPlatform.Manifests;

namespace ModelPlatform.Registry;

/// <summary>A published model version.</summary>
/// <param name="Id">Its identity, in the case it was first written.</param>
/// <param name="Manifest">What it consists of, without <c>distribution</c>.</param>
/// <param name="ETag">Strong validator of the manifest, without quotes.</param>
/// <param name="Card">What may change about it.</param>
public sealed record ModelEntry(ModelId Id, Manifest Manifest, string ETag, ModelCard Card)
{
    /// <summary>Sum of the artifacts' sizes in bytes.</summary>
    public long Size => Manifest.Artifacts.Sum(artifact => artifact.Size);
}
