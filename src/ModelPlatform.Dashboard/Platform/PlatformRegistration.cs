using ModelPlatform.Client;
using ModelPlatform.Dashboard.Access;

namespace ModelPlatform.Dashboard.Platform;

/// <summary>The one client of this process.</summary>
internal static class PlatformRegistration
{
    private const string ClientName = "platform";

    public static IHostApplicationBuilder AddPlatformClient(this IHostApplicationBuilder builder)
    {
        var address = PlatformAddress.From(builder.Configuration);
        builder.Services.AddSingleton(address);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddHttpClient(ClientName, http => http.BaseAddress = address.Service)
            .RemoveAllResilienceHandlers()
            .AddServiceDiscovery()
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(3), PooledConnectionLifetime = TimeSpan.FromMinutes(2), UseProxy = false });
        builder.Services.AddSingleton(services => new ModelPlatformClient(
            services.GetRequiredService<IHttpClientFactory>().CreateClient(ClientName),
            services.GetRequiredService<AccessOptions>().Token,
            services.GetRequiredService<TimeProvider>()));
        return builder;
    }
}
