namespace ModelPlatform.Plugins;

/// <summary>A directory that wants to be a plugin, as one scan found it.</summary>
/// <param name="Directory">Where it lies.</param>
/// <param name="IsBuiltIn">It came with the platform.</param>
/// <param name="Fingerprint">Changes with any file of it.</param>
/// <param name="Id">From <c>plugin.json</c>, or the directory's name where that cannot be read.</param>
/// <param name="Manifest">What it says of itself; null where that is faulty.</param>
/// <param name="Fault">What is wrong with <c>plugin.json</c>.</param>
internal sealed record PluginCandidate(string Directory, bool IsBuiltIn, string Fingerprint, string Id, PluginManifest? Manifest, string? Fault)
{
    public PluginVersion Version => PluginVersion.TryParse(Manifest?.Version, out var version) ? version : default;
}
