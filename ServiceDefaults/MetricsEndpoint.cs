using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Extensions.Hosting;

/// <summary><c>GET /metrics</c> in the Prometheus format: for whoever has the platform's token, or, where none is set, for this machine.</summary>
internal static class MetricsEndpoint
{
    public static readonly PathString Path = "/metrics";

    /// <summary>Maps it.</summary>
    /// <param name="app">The service.</param>
    /// <param name="isGuarded">The service lets nobody in who may not read it.</param>
    public static void MapMetrics(this WebApplication app, bool isGuarded)
    {
        var endpoint = app.MapPrometheusScrapingEndpoint(Path.Value!);
        if (isGuarded)
        {
            return;
        }

        var token = app.Configuration["MODEL_FETCH_TOKEN"] is { Length: > 0 } set ? Hash(set) : null;
        var isOpen = token is null && app.Configuration.GetValue("MODEL_FETCH_ALLOW_ANONYMOUS", false);
        endpoint.Add(builder =>
        {
            // A scraper has no cookie: this rule stands in place of the service's own sign-in.
            builder.Metadata.Add(new AllowAnonymousAttribute());
            var answer = builder.RequestDelegate!;
            builder.RequestDelegate = context =>
            {
                if (isOpen || (token is null ? IsLocal(context) : Presents(context, token)))
                {
                    return answer(context);
                }

                // A scraper has no use for a page that explains it.
                if (context.Features.Get<IStatusCodePagesFeature>() is { } pages)
                {
                    pages.Enabled = false;
                }

                context.Response.StatusCode = token is null ? StatusCodes.Status403Forbidden : StatusCodes.Status401Unauthorized;
                return Task.CompletedTask;
            };
        });
    }

    private static bool IsLocal(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address) && context.Request.Host.Host is "localhost" or "127.0.0.1" or "[::1]" or "::1";

    private static bool Presents(HttpContext context, byte[] token) =>
        context.Request.Headers.Authorization.ToString() is var header && header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
        && CryptographicOperations.FixedTimeEquals(Hash(header["Bearer ".Length..].Trim()), token);

    private static byte[] Hash(string value) => SHA256.HashData(Encoding.UTF8.GetBytes(value));
}
