using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ModelPlatform.Manifests.Trust;

/// <summary>Adds keys, signer and verifier.</summary>
public static class TrustRegistration
{
    /// <summary>Adds <see cref="ITrustKeys"/>, <see cref="IManifestSigner"/> and <see cref="IManifestVerifier"/>; the platform key is made when the host starts.</summary>
    public static IHostApplicationBuilder AddTrust(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        var data = Path.GetFullPath(builder.Configuration["MODELPLATFORM_DATA"] ?? ".modelplatform");
        services.AddOptions<TrustOptions>().BindConfiguration("Trust", binder => binder.ErrorOnUnknownConfiguration = true).ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => new PlatformKeys(
            provider.GetRequiredService<IOptions<TrustOptions>>().Value.KeyDirectory ?? Path.Combine(data, "keys"),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<PlatformKeys>>()));
        services.TryAddSingleton<ITrustKeys>(provider => provider.GetRequiredService<PlatformKeys>());
        services.TryAddSingleton<IManifestSigner>(provider => provider.GetRequiredService<PlatformKeys>());
        services.TryAddSingleton<IManifestVerifier>(provider => new ManifestVerifier(() => provider.GetRequiredService<ITrustKeys>().Root, provider.GetRequiredService<IOptions<TrustOptions>>().Value.Require));
        services.AddHostedService(provider => provider.GetRequiredService<PlatformKeys>());
        return builder;
    }
}
