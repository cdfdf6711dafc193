namespace ModelPlatform.Plugins;

/// <summary>Why a candidate is not in use.</summary>
/// <param name="State">Incompatible or malfunctioned.</param>
/// <param name="Reason">For the person who has to act.</param>
/// <param name="IsPassing">The same files may load later: the disk was full, or somebody was still copying.</param>
internal sealed record PluginFault(PluginState State, string Reason, bool IsPassing = false);
