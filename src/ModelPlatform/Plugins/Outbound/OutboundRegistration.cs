using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using ModelPlatform.Sources;
using StackExchange.Redis;

namespace ModelPlatform.Plugins.Outbound;

/// <summary>Registers outgoing HTTP.</summary>
public static class OutboundRegistration
{
    /// <summary>Adds <see cref="SourceHttp"/>: for plugins, and for whoever else sends to addresses a caller supplied. Waits are shared where there is a Redis client.</summary>
    public static IHostApplicationBuilder AddOutboundHttp(this IHostApplicationBuilder builder)
    {
        if (builder.Services.Any(service => service.ServiceType == typeof(SourceHttp)))
        {
            return builder;
        }

        builder.Services.AddOptions<OutboundOptions>()
            .Configure<IConfiguration>(Read)
            .Validate(options => options.AllowedOrigins.All(text => Origin.TryParse(text, out _)),
                "Fetch:AllowedOrigins holds something that is not an origin. Write scheme, host and port, for example http://127.0.0.1:18090.")
            .Validate(options => options.NoProgressTimeout > TimeSpan.Zero && options.NoProgressTimeout < TimeSpan.FromDays(1),
                "Fetch:NoProgressTimeout must be more than nothing and less than a day, written hh:mm:ss.")
            .ValidateOnStart();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddSingleton<IHostWaits>(services => services.GetService<IConnectionMultiplexer>() is { } redis
            ? new RedisHostWaits(redis, services.GetRequiredService<TimeProvider>())
            : new ProcessHostWaits(services.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton<SourceHttp, OutboundHttp>();
        return builder;
    }

    // The section Fetch belongs to the fetch engine, which refuses keys it does not know; these two are read by both.
    private static void Read(OutboundOptions options, IConfiguration configuration)
    {
        foreach (var origin in configuration.GetSection("Fetch:AllowedOrigins").GetChildren())
        {
            options.AllowedOrigins.Add(origin.Value ?? string.Empty);
        }

        options.NoProgressTimeout = configuration.GetValue("Fetch:NoProgressTimeout", options.NoProgressTimeout);
    }
}
