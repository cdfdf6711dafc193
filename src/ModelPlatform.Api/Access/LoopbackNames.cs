using System.Net;

namespace ModelPlatform.Api.Access;

/// <summary>What counts as this machine. Only the connection and the Host header are looked at; forwarded headers are never believed.</summary>
internal static class LoopbackNames
{
    /// <summary>Whether the Host header is localhost, 127.0.0.1 or [::1], with any port: a page that rebinds its own name to 127.0.0.1 fails here.</summary>
    public static bool HasLoopbackHost(this HttpRequest request) => IsLoopbackName(request.Host.Host);

    /// <summary>Whether the connection comes from this machine. A Unix socket has no address and does.</summary>
    public static bool IsFromLoopback(this ConnectionInfo connection) =>
        connection.RemoteIpAddress is not { } address || IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);

    /// <summary>
    /// Whether a browser sends this on behalf of a page of another site, and it is more than a read: a form post or a WebSocket needs no preflight,
    /// so that without a token any page could drive the API of whoever looks at it.
    /// </summary>
    public static bool IsActionFromAnotherSite(this HttpRequest request)
    {
        var isRead = (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method)) && request.Headers.Upgrade.Count == 0;
        return !isRead && request.Headers.Origin is [{ } origin, ..] && !(Uri.TryCreate(origin, UriKind.Absolute, out var page) && (IsLoopbackName(page.Host) || page.Authority == request.Host.Value));
    }

    private static bool IsLoopbackName(string host) => string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase) || host is "127.0.0.1" or "[::1]";
}
