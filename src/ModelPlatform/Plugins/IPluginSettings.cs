namespace ModelPlatform.Plugins;

/// <summary>Settings of plugins that are kept elsewhere than in the configuration, and can change while the platform runs.</summary>
/// <remarks>
/// Read whenever a plugin is loaded and laid over the section <c>Sources:{Id}</c>. Whoever changes them calls <see cref="IPluginHost.ReloadAsync"/>, which loads the
/// plugin anew in every process: running operations end with the old settings, new ones have the new. So the Peer plugin gets its sites: for <c>Peer</c>,
/// <c>Sites:{n}:Name</c>, <c>Sites:{n}:Url</c> and <c>Sites:{n}:Token</c> with n from 0 to 9999, above those an operator may have configured.
/// </remarks>
public interface IPluginSettings
{
    /// <summary>The settings of one plugin, keys as below its section; empty where there are none.</summary>
    /// <exception cref="Exception">They cannot be read now: the plugin counts as malfunctioned, goes on as it was where it runs, and is tried again soon.</exception>
    ValueTask<IReadOnlyDictionary<string, string>> ReadAsync(string pluginId, CancellationToken cancellationToken);
}
