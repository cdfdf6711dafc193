using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace ModelPlatform.Api.Serving;

/// <summary>Files and chunks on the wire, and how much of the process one client may take.</summary>
internal static class ServingRegistration
{
    public static void AddServedFiles(this IHostApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<GatedChunks>();
        builder.Services.Configure<KestrelServerOptions>(options => Bound(options.Limits));
    }

    private static void Bound(KestrelServerLimits limits)
    {
        limits.MaxConcurrentConnections = 4096;
        limits.MaxConcurrentUpgradedConnections = 1024;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        // Who takes less than this for so long has vanished, or means harm.
        limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(10));
        limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(10));
        // Slow readers wait in the engine, not in the response's own buffer.
        limits.MaxResponseBufferSize = 64 * 1024;
    }
}
