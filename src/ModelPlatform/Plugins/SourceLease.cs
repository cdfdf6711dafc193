using ModelPlatform.Sources;

namespace ModelPlatform.Plugins;

/// <summary>A source in use. Dispose it as soon as the operation, and every stream it gave, has ended.</summary>
public sealed class SourceLease(string name, string pluginId, string pluginVersion, ISource source, Action release) : IDisposable
{
    private Action? release = release;

    /// <summary>The source's name.</summary>
    public string Name { get; } = name;

    /// <summary>The plugin that provides it.</summary>
    public string PluginId { get; } = pluginId;

    /// <summary>The plugin's version.</summary>
    public string PluginVersion { get; } = pluginVersion;

    /// <summary>The source itself.</summary>
    public ISource Source { get; } = source;

    /// <inheritdoc/>
    public void Dispose() => Interlocked.Exchange(ref release, null)?.Invoke();
}
