using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace ModelPlatform.Runtimes;

/// <summary>Adds what is known of loaded models.</summary>
public static class RuntimesRegistration
{
    /// <summary>Adds <see cref="IRuntimeRecords"/> on the shared Redis connection.</summary>
    public static IHostApplicationBuilder AddRuntimeRecords(this IHostApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton<IRuntimeRecords, RedisRuntimeRecords>();
        return builder;
    }

    /// <summary>Adds <see cref="IRuntimeCatalog"/>: the runtimes of this process and of its plugins. Needs the plugin host.</summary>
    public static IHostApplicationBuilder AddRuntimeCatalog(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IRuntimeCatalog, RuntimeCatalog>();
        return builder;
    }
}
