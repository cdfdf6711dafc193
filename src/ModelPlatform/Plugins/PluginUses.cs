namespace ModelPlatform.Plugins;

/// <summary>What a process wants of its plugins.</summary>
/// <param name="Runtimes">Whether it loads models, so that runtimes are created in it.</param>
internal sealed record PluginUses(bool Runtimes);
