using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ModelPlatform.Plugins;
using ModelPlatform.Plugins.Outbound;
using ModelPlatform.Sites.Exchange;
using ModelPlatform.Sites.Models;

namespace ModelPlatform.Sites;

/// <summary>Adds other sites.</summary>
public static class SitesRegistration
{
    /// <summary>Adds <see cref="ISiteDirectory"/>, <see cref="ISyncAnswers"/> and the exchange itself, <see cref="ISiteExchange"/>. Needs documents, trust, the registry, jobs and events.</summary>
    public static IHostApplicationBuilder AddSites(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.AddOutboundHttp();
        builder.AddSiteDirectory();
        builder.Services.AddExchange();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<SiteRounds>());
        builder.Services.AddSingleton<ModelHolders>();
        builder.Services.AddSingleton<SiteFetches>();
        builder.Services.AddSingleton<IBlobFetcher, BlobFetcher>();
        builder.Services.AddHostedService<ModelAnnouncements>();
        builder.Services.AddHostedService<FetchAfterSync>();
        return builder;
    }

    internal static void AddExchange(this IServiceCollection services)
    {
        services.AddSingleton<SiteBoard>();
        services.AddSingleton<SiteSignals>();
        services.AddSingleton<SiteReports>();
        services.AddSingleton<SiteProgressRecords>();
        services.AddSingleton<StateGate>();
        services.AddSingleton<StateIntake>();
        services.AddSingleton<SiteClient>();
        services.AddSingleton<AntiEntropy>();
        services.AddSingleton<SiteExchange>();
        services.AddSingleton<SiteRounds>();
        services.AddSingleton<ISiteExchange>(provider => provider.GetRequiredService<SiteRounds>());
        services.AddSingleton<ISyncAnswers, SyncAnswers>();
    }

    /// <summary>Adds <see cref="ISiteDirectory"/> alone, for whoever fetches from sites.</summary>
    public static IHostApplicationBuilder AddSiteDirectory(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddOptions<SiteOptions>().BindConfiguration("Sites", binder => binder.ErrorOnUnknownConfiguration = true).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<SiteDirectory>();
        builder.Services.AddSingleton<IPluginSettings, PeerSites>();
        builder.Services.AddSingleton<ISiteDirectory>(provider => provider.GetRequiredService<SiteDirectory>());
        return builder;
    }
}
