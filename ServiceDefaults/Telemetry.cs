using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Microsoft.Extensions.Hosting;

/// <summary>Traces, metrics and logs: to <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> where it is set, and metrics on <c>GET /metrics</c> always.</summary>
/// <remarks>
/// Sources and meters named <c>ModelPlatform*</c> are listened to. What happens for each chunk or every second is told by sources named <c>Detail.ModelPlatform*</c>,
/// to which <c>Telemetry:Detail</c> listens too; without it neither they nor what client libraries say below them is recorded.
/// </remarks>
internal static class Telemetry
{
    private const string Own = "ModelPlatform*";

    /// <summary>Labels that clients of other hosts may have. The host is not one: anybody may ask for a fetch from a new one.</summary>
    private static readonly MetricStreamConfiguration Bounded = new()
    {
        TagKeys = ["http.request.method", "http.response.status_code", "error.type", "network.protocol.version", "url.scheme", "http.connection.state"],
    };

    public static void AddTelemetry(this IHostApplicationBuilder builder)
    {
        var isExported = builder.Configuration.IsExported();
        var hasDetail = builder.Configuration.GetValue("Telemetry:Detail", false);

        // Off unless asked for: the Azure clients' own spans.
        AppContext.SetSwitch("Azure.Experimental.EnableActivitySource", isExported);
        var telemetry = builder.Services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation()
                .AddView(instrument => instrument.Meter.Name is "System.Net.Http" or "System.Net.NameResolution" ? Bounded : null)
                .AddMeter(Own)
                .AddPrometheusExporter())
            .WithTracing(tracing =>
            {
                tracing
                    .AddAspNetCoreInstrumentation(options => options.Filter = context => !HealthEndpoints.IsProbe(context.Request.Path) && context.Request.Path != MetricsEndpoint.Path)
                    .AddHttpClientInstrumentation()
                    .AddSource(builder.Environment.ApplicationName, Own);
                if (hasDetail)
                {
                    tracing.AddSource($"Detail.{Own}");
                }
            });
        if (isExported)
        {
            builder.Logging.AddOpenTelemetry(logging => (logging.IncludeFormattedMessage, logging.IncludeScopes) = (true, true));
            telemetry.UseOtlpExporter();
        }
    }

    /// <summary>Spans of Redis commands, of those that belong to a recorded span: neither polling nor what is done for each chunk.</summary>
    public static void AddRedisTracing(this IHostApplicationBuilder builder)
    {
        // Its profiler looks at every command, so it is there only where somebody reads what it finds.
        if (builder.Configuration.IsExported())
        {
            builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing.AddRedisInstrumentation(options =>
            {
                options.Filter = command => command.ParentActivity is { Recorded: true };
                options.FlushInterval = TimeSpan.FromSeconds(2);
            }));
        }
    }

    private static bool IsExported(this IConfiguration configuration) => !string.IsNullOrWhiteSpace(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]);
}
