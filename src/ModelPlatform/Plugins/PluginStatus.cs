namespace ModelPlatform.Plugins;

/// <summary>One version of one plugin in one process.</summary>
/// <param name="Id">The plugin.</param>
/// <param name="Version">Its version; empty where <c>plugin.json</c> could not be read.</param>
/// <param name="State">What it is doing.</param>
/// <param name="Reason">Why, for the person who has to act; null where there is nothing to say.</param>
/// <param name="Sources">The sources it provides.</param>
/// <param name="Process">The process this was seen in.</param>
public sealed record PluginStatus(string Id, string Version, PluginState State, string? Reason, IReadOnlyList<string> Sources, string Process)
{
    /// <summary>A reference that works without a network, where the plugin names one: to see that it does anything.</summary>
    public string? Example { get; init; }

    /// <summary>Operations that are running in it now.</summary>
    public int Operations { get; init; }
}
