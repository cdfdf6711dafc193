using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Microsoft.Extensions.Hosting;

/// <summary>What every service process has in common.</summary>
public static class ServiceDefaults
{
    /// <summary>Telemetry, health checks, service discovery, resilient HTTP clients, and start failures told in one line.</summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.AddLogging();
        builder.AddTelemetry();
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [HealthEndpoints.AliveTag]);
        builder.Services.AddServiceDiscovery();
        builder.Services.ConfigureHttpClientDefaults(http =>
        {
            http.AddStandardResilienceHandler().Configure(options => options.Retry.DisableForUnsafeHttpMethods());
            http.AddServiceDiscovery();
        });
        builder.AddQuietStart();
        return builder;
    }

    /// <summary>One line an entry, and of the libraries only what somebody has to act on; <c>Logging:LogLevel</c> changes both.</summary>
    private static void AddLogging(this IHostApplicationBuilder builder)
    {
        builder.Services.Configure<ConsoleLoggerOptions>(options => options.FormatterName ??= ConsoleFormatterNames.Simple);
        builder.Services.Configure<SimpleConsoleFormatterOptions>(options => options.SingleLine = true);
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.Extensions.Http", LogLevel.Warning);
        builder.Logging.AddFilter("System.Net.Http", LogLevel.Warning);
        builder.Logging.AddFilter("Polly", LogLevel.Error);

        // "Not there" is an answer the stores ask for; it warns of each. What is wrong reaches the callers as an exception.
        builder.Logging.AddFilter("Azure", LogLevel.Error);

        // It writes pages of stack traces for each try while Redis is away, which health and StoreClients tell in a line.
        builder.Logging.AddFilter("StackExchange.Redis", LogLevel.None);
    }
}
