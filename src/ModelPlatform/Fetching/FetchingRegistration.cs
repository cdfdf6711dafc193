using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using ModelPlatform.Chunks;
using ModelPlatform.Fetching.Planning;
using ModelPlatform.Fetching.Transfer;
using ModelPlatform.Manifests.Trust;
using ModelPlatform.Plugins;

namespace ModelPlatform.Fetching;

/// <summary>Registers the fetch engine.</summary>
public static class FetchingRegistration
{
    /// <summary>Adds <see cref="IFetchEngine"/>. Needs the chunk store and the plugins' source catalog. Models of other sites are held to the trust root.</summary>
    public static IHostApplicationBuilder AddFetching(this IHostApplicationBuilder builder)
    {
        if (builder.Services.Any(service => service.ServiceType == typeof(IFetchEngine)))
        {
            return builder;
        }

        builder.AddTrust();
        var section = builder.Configuration.GetSection(FetchOptions.Section);
        builder.Services.AddOptions<FetchOptions>()
            .Bind(section, binder => binder.ErrorOnUnknownConfiguration = true)
            .Configure<IConfiguration>((options, configuration) => options.MaxFileSize = configuration.GetValue(FetchOptions.MaxFileSizeSetting, options.MaxFileSize))
            .Validate(options => options.MaxFileSize >= 0, $"{FetchOptions.MaxFileSizeSetting} must be 0 (unlimited) or a number of bytes.")
            .Validate(options => options.Connections is >= 1 and <= 64 && options.FilesAtOnce is >= 1 and <= 64, "Fetch:Connections and Fetch:FilesAtOnce must lie between 1 and 64.")
            .Validate(
                options => options.Order[0] == FetchOptions.Cache && options.Order.Skip(1).All(name => name is FetchOptions.Bucket or FetchOptions.Ipfs or FetchOptions.Peers)
                    && options.Order.Distinct().Count() == options.Order.Count,
                "Fetch:SourceOrder begins with cache, and then names gcs, ipfs and p2p in any order, none twice.")
            .Validate(options => options.MinimumBytesPerSecond >= 0, "Fetch:MinimumBytesPerSecond must not be negative.")
            .Validate(
                options => options.NoProgressTimeout > TimeSpan.Zero && options.NoProgressTimeout <= TimeSpan.FromHours(1) && DurationText.IsClear(section["NoProgressTimeout"]),
                "Fetch:NoProgressTimeout must be more than nothing and at most an hour, written hh:mm:ss.")
            .Validate<IOptions<ChunkStoreOptions>>(
                (options, chunks) => options.MemoryBudget >= 4L * chunks.Value.ChunkSize, "Fetch:MemoryBudget must hold at least four chunks of Chunks:ChunkSize.")
            .ValidateOnStart();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(services =>
        {
            var chunkSize = services.GetRequiredService<IOptions<ChunkStoreOptions>>().Value.ChunkSize;
            return new BufferBudget(Math.Max(services.GetRequiredService<IOptions<FetchOptions>>().Value.BufferBytes - (services.GetService<ReadAheadPool>()?.Size ?? 0), 4L * chunkSize), chunkSize);
        });
        builder.Services.AddSingleton<SourceCalls>();
        builder.Services.AddSingleton<SiteManifests>();
        builder.Services.AddSingleton<FetchPlanner>();
        builder.Services.AddSingleton<IFetchEngine, FetchEngine>();
        return builder;
    }
}
