using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.Hosting;

/// <summary><c>GET /health</c> (ready) and <c>GET /alive</c>, in every environment and without a token: orchestrators need them. And <c>GET /metrics</c>, which is not for everybody.</summary>
public static class HealthEndpoints
{
    /// <summary>Marks the checks that <c>/alive</c> asks: a failure means the process has to be replaced.</summary>
    public const string AliveTag = "live";

    private static readonly PathString Health = "/health";
    private static readonly PathString Alive = "/alive";

    /// <summary>Maps them. The answer names each check with its state, and holds no exception, address or credential.</summary>
    /// <param name="app">The service.</param>
    /// <param name="guardsMetrics">The service has an access rule of its own that covers <c>/metrics</c>.</param>
    public static WebApplication MapDefaultEndpoints(this WebApplication app, bool guardsMetrics = false)
    {
        app.MapHealthChecks(Health, new HealthCheckOptions { ResponseWriter = WriteAsync });
        app.MapHealthChecks(Alive, new HealthCheckOptions { ResponseWriter = WriteAsync, Predicate = check => check.Tags.Contains(AliveTag) });
        app.MapMetrics(guardsMetrics);
        return app;
    }

    internal static bool IsProbe(PathString path) => path == Health || path == Alive;

    private static async Task WriteAsync(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteString("status", report.Status.ToString());
        json.WriteStartArray("checks");
        foreach (var (name, entry) in report.Entries)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("status", entry.Status.ToString());
            json.WriteString("description", entry.Description);
            json.WriteNumber("milliseconds", Math.Round(entry.Duration.TotalMilliseconds, 1));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        await json.FlushAsync(context.RequestAborted);
    }
}
