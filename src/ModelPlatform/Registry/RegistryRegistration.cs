using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using ModelPlatform.Events;
using ModelPlatform.Manifests;
using ModelPlatform.Manifests.Trust;

namespace ModelPlatform.Registry;

/// <summary>Adds the registry.</summary>
public static class RegistryRegistration
{
    /// <summary>
    /// Adds <see cref="IModelRegistry"/>, <see cref="IModelAliases"/>, <see cref="IModelRegistrations"/>, <see cref="IRegistryIndex"/>, <see cref="IStoredManifests"/> and trust.
    /// Needs a record store, a chunk store and Redis. An <see cref="IModelRepair"/> is used where one is registered.
    /// </summary>
    public static IHostApplicationBuilder AddRegistry(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.AddTrust();
        var services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSilentEvents();
        services.AddSingleton<RegistryRecords>();
        services.AddSingleton<RegistryIndex>();
        services.AddSingleton<IRegistryIndex>(provider => provider.GetRequiredService<RegistryIndex>());
        services.AddSingleton<ManifestCache>();
        services.AddSingleton<ManifestComposer>();
        services.AddSingleton<ChunkPresence>();
        services.AddSingleton<PublicationJournal>();
        services.AddSingleton<ModelPublisher>();
        services.AddSingleton<ModelAliases>();
        services.AddSingleton<IModelAliases>(provider => provider.GetRequiredService<ModelAliases>());
        services.AddSingleton<IModelRegistrations, ModelRegistrations>();
        services.AddSingleton<IModelSelector, ModelSelector>();
        services.AddSingleton<ModelRegistry>();
        services.AddSingleton<IModelRegistry>(provider => provider.GetRequiredService<ModelRegistry>());
        services.AddSingleton<IStoredManifests>(provider => provider.GetRequiredService<ModelRegistry>());
        services.AddHostedService<CatalogWarmUp>();
        services.AddHostedService<PublicationGuard>();
        return builder;
    }
}
