using Azure.Storage.Blobs;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ModelPlatform.Chunks.Azure;
using ModelPlatform.Chunks.FileSystem;
using ModelPlatform.Chunks.Memory;

namespace ModelPlatform.Chunks;

/// <summary>Registers the chunk store.</summary>
public static class ChunkStoreRegistration
{
    private const string AzureContainer = "chunks";
    private const int SmallestChunk = 64 * 1024;
    private const int LargestChunk = 64 * 1024 * 1024;

    /// <summary>Adds <see cref="IChunkStore"/> as <c>Chunks:Store</c> says. Azure needs a registered <see cref="BlobServiceClient"/>.</summary>
    public static IHostApplicationBuilder AddChunkStore(this IHostApplicationBuilder builder)
    {
        if (builder.Services.Any(service => service.ServiceType == typeof(IChunkStore)))
        {
            return builder;
        }

        var section = builder.Configuration.GetSection(ChunkStoreOptions.Section);
        builder.Services.AddOptions<ChunkStoreOptions>()
            .Bind(section, binder => binder.ErrorOnUnknownConfiguration = true)
            .Validate(options => options.ChunkSize is >= SmallestChunk and <= LargestChunk, "Chunks:ChunkSize must lie between 64 KiB and 64 MiB, in bytes.")
            .Validate(options => options.MaxBytes >= 0, "Chunks:MaxBytes must be 0 (unlimited) or a number of bytes.")
            .Validate(options => options.GracePeriod > TimeSpan.Zero, "Chunks:GracePeriod must be more than nothing.")
            .Validate(options => options.ScrubBytesPerSecond > 0, "Chunks:ScrubBytesPerSecond must be more than nothing.")
            .Validate(_ => DurationText.IsClear(section["GracePeriod"]), "Chunks:GracePeriod is written [d.]hh:mm:ss with hours up to 23: 24 hours are 1.00:00:00.")
            .ValidateOnStart();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IChunkStore>(Create);
        return builder;
    }

    /// <summary>Where files are kept: <c>MODELPLATFORM_DATA</c>, else <c>.modelplatform</c> below the current directory.</summary>
    internal static string StoreDirectory(IConfiguration configuration) =>
        Path.GetFullPath(Path.Combine(configuration["MODELPLATFORM_DATA"] is { Length: > 0 } data ? data : ".modelplatform", "store"));

    private static IChunkStore Create(IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<ChunkStoreOptions>>().Value;
        var time = services.GetRequiredService<TimeProvider>();
        return options.Store switch
        {
            StoreKind.Azure => new AzureChunkStore(services.GetRequiredService<BlobServiceClient>().GetBlobContainerClient(AzureContainer), options.Compression, time),
            StoreKind.FileSystem => new FileSystemChunkStore(
                StoreDirectory(services.GetRequiredService<IConfiguration>()), options.Compression, time, services.GetRequiredService<ILogger<FileSystemChunkStore>>()),
            _ => new MemoryChunkStore(time),
        };
    }
}
