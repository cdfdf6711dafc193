using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using ModelPlatform.Chunks.Housekeeping;

namespace ModelPlatform.Serving;

/// <summary>Registers the reading of artifacts.</summary>
public static class ServingRegistration
{
    /// <summary>Adds <see cref="IArtifactReader"/>. Needs a chunk store.</summary>
    public static IHostApplicationBuilder AddServing(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<ServingOptions>()
            .Bind(builder.Configuration.GetSection(ServingOptions.Section), binder => binder.ErrorOnUnknownConfiguration = true)
            .Validate(options => options.CacheBytes > 0, "Serving:CacheBytes must be more than nothing.")
            .ValidateOnStart();
        builder.Services.AddSingleton(services => services.GetRequiredService<IOptions<ServingOptions>>().Value);
        builder.Services.TryAddSingleton<VerifiedChunks>();
        builder.Services.TryAddSingleton<ArtifactReader>();
        builder.Services.TryAddSingleton<IArtifactReader>(services =>
            services.GetService<IArtifactUse>() is { } use ? new NotedArtifactReader(services.GetRequiredService<ArtifactReader>(), use) : services.GetRequiredService<ArtifactReader>());
        return builder;
    }
}
