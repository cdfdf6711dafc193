using Microsoft.Extensions.Logging;
using ModelPlatform.Plugins;
using ModelPlatform.Sources;
using ModelPlatform.Sources.Runtimes;

namespace ModelPlatform.Runtimes;

/// <summary>The process's own runtimes, then those of the plugins in use.</summary>
internal sealed partial class RuntimeCatalog : IRuntimeCatalog
{
    private readonly (string Name, IModelRuntime Runtime)[] builtIn;
    private readonly PluginCatalog plugins;

    public RuntimeCatalog(IEnumerable<BuiltInRuntime> builtIn, PluginCatalog plugins, PluginLimits limits, TimeProvider time, ILogger<RuntimeCatalog> logger)
    {
        this.plugins = plugins;
        this.builtIn = [.. builtIn.Select(own => (own.Name, (IModelRuntime)new IsolatedRuntime(
            own.Name, own.Runtime, new IsolatedCall(own.Name, new PluginConduct(time, what => LogMisconduct(logger, own.Name, what)), limits, time, "runtime"), limits)))];
    }

    public IReadOnlyList<RuntimeOffer> Offers => [.. All().Select(entry => new RuntimeOffer(entry.Name, entry.Runtime.Frameworks))];

    public Result<RuntimeLease> Acquire(string framework, string? name)
    {
        foreach (var (offered, runtime, plugin) in All())
        {
            if ((name is null || offered == name) && runtime.Frameworks.Contains(framework, StringComparer.OrdinalIgnoreCase) && (plugin is null || plugin.TryEnter()))
            {
                return new RuntimeLease(offered, runtime, plugin is null ? static () => { } : plugin.Exit);
            }
        }

        var offers = string.Join("; ", Offers.Select(offer => $"{offer.Name} ({string.Join(", ", offer.Frameworks)})"));
        return new PlatformError(ErrorCode.UnsupportedFramework, $"No runtime{(name is null ? string.Empty : $" named {name}")} can load {framework} models. Runtimes here: {offers}.");
    }

    private IEnumerable<(string Name, IModelRuntime Runtime, LoadedPlugin? Plugin)> All() =>
        builtIn.Select(own => (own.Name, own.Runtime, (LoadedPlugin?)null))
            .Concat(plugins.Active.SelectMany(plugin => plugin.Runtimes.Select(pair => (pair.Key, (IModelRuntime)pair.Value, (LoadedPlugin?)plugin))));

    [LoggerMessage(5501, LogLevel.Error, "The runtime {Runtime} malfunctioned: {What}")]
    private static partial void LogMisconduct(ILogger logger, string runtime, string what);
}
