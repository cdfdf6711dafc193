using System.Globalization;
using ModelPlatform.Plugins;

namespace ModelPlatform.Sites;

/// <summary>Tells the Peer plugin which sites there are.</summary>
internal sealed class PeerSites(ISiteDirectory directory) : IPluginSettings
{
    /// <summary>The plugin.</summary>
    public const string PluginId = "Peer";

    public async ValueTask<IReadOnlyDictionary<string, string>> ReadAsync(string pluginId, CancellationToken cancellationToken)
    {
        var settings = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (pluginId != PluginId)
        {
            return settings;
        }

        foreach (var (index, site) in (await directory.ListAsync(cancellationToken)).Index())
        {
            // Far above those an operator may have configured for the plugin itself.
            var key = string.Create(CultureInfo.InvariantCulture, $"Sites:{5000 + index}:");
            settings[$"{key}Name"] = site.Name;
            settings[$"{key}Url"] = site.Url.AbsoluteUri;
            if (site.Token is not null)
            {
                settings[$"{key}Token"] = site.Token;
            }
        }

        return settings;
    }
}
