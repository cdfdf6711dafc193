using Azure.Storage.Blobs;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using ModelPlatform.Chunks;
using ModelPlatform.Manifests.Azure;
using ModelPlatform.Manifests.FileSystem;
using ModelPlatform.Manifests.Memory;

namespace ModelPlatform.Manifests;

/// <summary>Adds the record store.</summary>
public static class ManifestsRegistration
{
    /// <summary>Adds <see cref="IRecordStore"/> on the medium that <c>Chunks:Store</c> names, and the chunk store, whose setting it shares.</summary>
    public static IHostApplicationBuilder AddRecordStore(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (builder.Services.Any(service => service.ServiceType == typeof(IRecordStore)))
        {
            return builder;
        }

        builder.AddChunkStore();
        builder.Services.AddHealthChecks().AddCheck<RecordStoreHealthCheck>("records");
        builder.Services.AddSingleton<IRecordStore>(services => services.GetRequiredService<IOptions<ChunkStoreOptions>>().Value.Store switch
        {
            StoreKind.Azure => new AzureRecordStore(services.GetRequiredService<BlobServiceClient>()),
            StoreKind.FileSystem => new FileSystemRecordStore(
                ChunkStoreRegistration.StoreDirectory(services.GetRequiredService<IConfiguration>()), services.GetRequiredService<TimeProvider>()),
            _ => new MemoryRecordStore(services.GetRequiredService<TimeProvider>()),
        });
        return builder;
    }
}
