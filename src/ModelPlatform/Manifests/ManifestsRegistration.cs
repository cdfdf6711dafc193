using Azure.Storage.Blobs;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using ModelPlatform.Manifests.Azure;
using ModelPlatform.Manifests.FileSystem;
using ModelPlatform.Manifests.Memory;

namespace ModelPlatform.Manifests;

/// <summary>Adds the record store.</summary>
public static class ManifestsRegistration
{
    /// <summary>Adds <see cref="IRecordStore"/> on the medium that <c>Chunks:Store</c> names: Azure (default), FileSystem or Memory.</summary>
    public static IHostApplicationBuilder AddRecordStore(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var store = builder.Configuration["Chunks:Store"] ?? "Azure";
        var data = Path.GetFullPath(builder.Configuration["MODELPLATFORM_DATA"] ?? ".modelplatform");
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddSingleton<IRecordStore>(services => store.ToUpperInvariant() switch
        {
            "AZURE" => new AzureRecordStore(services.GetRequiredService<BlobServiceClient>()),
            "FILESYSTEM" => new FileSystemRecordStore(Path.Combine(data, "store"), services.GetRequiredService<TimeProvider>()),
            "MEMORY" => new MemoryRecordStore(services.GetRequiredService<TimeProvider>()),
            _ => throw new InvalidOperationException($"Chunks:Store is '{store}': it must be Azure, FileSystem or Memory."),
        });
        return builder;
    }
}
