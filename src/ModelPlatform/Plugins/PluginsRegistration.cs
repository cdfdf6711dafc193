using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ModelPlatform.Events;
using Microsoft.Extensions.Options;
using ModelPlatform.Chunks;
using ModelPlatform.Fetching;
using ModelPlatform.Plugins.Outbound;
using StackExchange.Redis;

namespace ModelPlatform.Plugins;

/// <summary>Registers the plugin host.</summary>
public static class PluginsRegistration
{
    /// <summary>Adds <see cref="ISourceCatalog"/>, <see cref="IPluginHost"/> and outgoing HTTP. The plugins are loaded when the host starts. Call it after the Redis client was added, where there is one.</summary>
    /// <param name="builder">The process.</param>
    /// <param name="withRuntimes">Whether the process loads models, so that plugins create their runtimes in it.</param>
    public static IHostApplicationBuilder AddPlugins(this IHostApplicationBuilder builder, bool withRuntimes = false)
    {
        builder.AddOutboundHttp();
        builder.Services.TryAddSilentEvents();
        builder.Services.AddSingleton(new PluginLimits());
        builder.Services.AddSingleton(new PluginUses(withRuntimes));
        builder.Services.AddSingleton(services =>
        {
            var data = services.GetRequiredService<IConfiguration>()["MODELPLATFORM_DATA"] is { Length: > 0 } configured ? configured : ".modelplatform";
            return new PluginDirectories(Path.Combine(AppContext.BaseDirectory, "plugins"), Path.Combine(Path.GetFullPath(data), "plugins"));
        });
        builder.Services.AddSingleton(services => ReadAheadPool.Of(
            services.GetRequiredService<IOptions<FetchOptions>>().Value.BufferBytes, services.GetRequiredService<IOptions<ChunkStoreOptions>>().Value.ChunkSize));
        builder.Services.AddSingleton<PluginShadow>();
        builder.Services.AddSingleton<PluginLoading>();
        builder.Services.AddSingleton<PluginCatalog>();
        builder.Services.AddSingleton<ISourceCatalog>(services => services.GetRequiredService<PluginCatalog>());
        builder.Services.AddSingleton<PluginHost>();

        // Only where processes share a Redis is there anybody to tell. The board starts first: it knows what is disabled.
        if (builder.Services.Any(service => service.ServiceType == typeof(IConnectionMultiplexer)))
        {
            builder.Services.AddSingleton<PluginBoard>();
            builder.Services.AddSingleton<IPluginHost>(services => services.GetRequiredService<PluginBoard>());
            builder.Services.AddHostedService(services => services.GetRequiredService<PluginBoard>());
        }
        else
        {
            builder.Services.AddSingleton<IPluginHost>(services => services.GetRequiredService<PluginHost>());
        }

        builder.Services.AddHostedService(services => services.GetRequiredService<PluginHost>());
        builder.Services.AddHealthChecks().AddCheck<PluginHealthCheck>("plugins");
        return builder;
    }
}
