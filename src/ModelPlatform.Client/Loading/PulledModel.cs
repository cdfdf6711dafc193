using ModelPlatform.Manifests;

namespace ModelPlatform.Client.Loading;

/// <summary>A model in a directory of the caller's choice, every byte proven.</summary>
/// <param name="Manifest">What it consists of.</param>
/// <param name="Directory">Where its files are.</param>
/// <param name="BytesReused">Bytes that were on this machine before, proven again rather than downloaded.</param>
public sealed record PulledModel(Manifest Manifest, string Directory, long BytesReused);
