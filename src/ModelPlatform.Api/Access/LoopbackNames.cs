using System.Net;

namespace ModelPlatform.Api.Access;

/// <summary>What counts as this machine. Only the connection and the Host header are looked at; forwarded headers are never believed.</summary>
internal static class LoopbackNames
{
    /// <summary>Whether the Host header is localhost, 127.0.0.1 or [::1], with any port: a page that rebinds its own name to 127.0.0.1 fails here.</summary>
    public static bool HasLoopbackHost(this HttpRequest request) =>
        request.Host.Host is var host && (string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase) || host is "127.0.0.1" or "[::1]");

    /// <summary>Whether the connection comes from this machine. A Unix socket has no address and does.</summary>
    public static bool IsFromLoopback(this ConnectionInfo connection) =>
        connection.RemoteIpAddress is not { } address || IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);
}
