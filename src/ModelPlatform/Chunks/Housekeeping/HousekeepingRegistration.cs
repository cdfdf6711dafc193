using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using ModelPlatform.Events;
using ModelPlatform.Fetching.Transfer;

namespace ModelPlatform.Chunks.Housekeeping;

/// <summary>Registers the keeping of the chunk store.</summary>
public static class HousekeepingRegistration
{
    /// <summary>Adds <see cref="IGarbageCollector"/>, <see cref="IScrubber"/>, <see cref="IArtifactUse"/>, <see cref="IStorageStatistics"/> and <see cref="IStorageLimit"/>. Needs the chunk store, the registry and the plugins.</summary>
    public static IHostApplicationBuilder AddHousekeeping(this IHostApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddSilentEvents();
        builder.Services.TryAddSingleton<SourceCalls>();
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IChunkReferences, ManifestReferences>());
        builder.Services.TryAddSingleton<ChunkHealer>();
        builder.Services.TryAddSingleton<IChunkHealing, ChunkHealing>();
        builder.Services.TryAddSingleton<ArtifactUse>();
        builder.Services.TryAddSingleton<IArtifactUse>(services => services.GetRequiredService<ArtifactUse>());
        builder.Services.AddHostedService(services => services.GetRequiredService<ArtifactUse>());
        builder.Services.TryAddSingleton<IGarbageCollector, GarbageCollector>();
        builder.Services.TryAddSingleton<IScrubber, Scrubber>();
        builder.Services.TryAddSingleton<IStorageStatistics, StorageStatistics>();
        builder.Services.TryAddSingleton<IStorageLimit, StorageLimit>();
        return builder;
    }
}
