namespace ModelPlatform.Plugins;

/// <summary>The plugins of this process, and, where processes share a Redis, of all of them.</summary>
public interface IPluginHost
{
    /// <summary>The plugins of this process, by id, those in use first.</summary>
    IReadOnlyList<PluginStatus> List();

    /// <summary>The plugins of every process that is alive.</summary>
    ValueTask<IReadOnlyList<PluginStatus>> ListEverywhereAsync(CancellationToken cancellationToken);

    /// <summary>Loads the plugin anew from its directory, in every process. Running operations end on the old one.</summary>
    /// <returns>Whether there is such a plugin.</returns>
    Task<bool> ReloadAsync(string id, CancellationToken cancellationToken);

    /// <summary>Stops offering the plugin's sources, in every process and those started later. Running operations end undisturbed.</summary>
    /// <returns>Whether there is such a plugin.</returns>
    Task<bool> DisableAsync(string id, CancellationToken cancellationToken);

    /// <summary>Offers a disabled plugin again, in every process.</summary>
    /// <returns>Whether there is such a plugin.</returns>
    Task<bool> EnableAsync(string id, CancellationToken cancellationToken);
}
