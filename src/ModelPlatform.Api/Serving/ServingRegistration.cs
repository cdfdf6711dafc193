using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
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
        builder.Services.Configure<SocketTransportOptions>(options => options.CreateBoundListenSocket = endpoint =>
        {
            var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            BoundUnsent(socket);
            return socket;
        });
    }

    /// <summary>
    /// What a slow reader does not take must not pile up in the kernel either: its send buffers grow to megabytes for each connection, and when all sockets together
    /// reach the kernel's limit every client gets slow. Bytes under way to a fast but distant reader are not bounded by this.
    /// </summary>
    private static void BoundUnsent(Socket socket)
    {
        const int Tcp = 6;
        int? option = OperatingSystem.IsLinux() ? 25 : OperatingSystem.IsMacOS() ? 0x201 : null;
        if (option is { } notSentLowWater && socket.ProtocolType == ProtocolType.Tcp)
        {
            socket.SetRawSocketOption(Tcp, notSentLowWater, BitConverter.GetBytes(256 * 1024));
        }
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
        limits.MaxResponseBufferSize = 32 * 1024;
    }
}
