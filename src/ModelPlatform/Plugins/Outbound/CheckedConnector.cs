using System.Net;
using System.Net.Sockets;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Outbound;

/// <summary>Makes connections: resolves once, checks every address, connects to exactly a checked one.</summary>
/// <param name="resolve">Name resolution.</param>
/// <param name="checkAddresses">False for origins the operator configured. Their connections are pooled apart, so none is ever reused under the full rule.</param>
internal sealed class CheckedConnector(Func<string, CancellationToken, Task<IPAddress[]>> resolve, bool checkAddresses)
{
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var addresses = await ResolveAsync(host, cancellationToken);
        if (checkAddresses && !Array.TrueForAll(addresses, AddressRule.IsGloballyRoutable))
        {
            throw new OutboundRefusedException(new PlatformError(ErrorCode.SecurityViolation,
                "the name leads to an address that is not public; an operator can allow the exact origin with Fetch:AllowedOrigins"));
        }

        SocketException? last = null;
        foreach (var address in addresses)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, port), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException exception)
            {
                socket.Dispose();
                last = exception;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        throw new OutboundRefusedException(new PlatformError(ErrorCode.ConnectionFailed, last?.SocketErrorCode switch
        {
            SocketError.ConnectionRefused => "the connection was refused: nothing listens there",
            SocketError.TimedOut => "the connection timed out",
            SocketError.NetworkUnreachable or SocketError.HostUnreachable => "the network has no route there",
            _ => "no connection could be made",
        }), last);
    }

    private async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host.Trim('[', ']'), out var literal))
        {
            return [literal];
        }

        try
        {
            if (await resolve(host, cancellationToken) is { Length: > 0 } addresses)
            {
                return addresses;
            }
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException)
        {
            throw new OutboundRefusedException(new PlatformError(ErrorCode.ConnectionFailed, "the name could not be resolved (DNS)"), exception);
        }

        throw new OutboundRefusedException(new PlatformError(ErrorCode.ConnectionFailed, "the name has no address (DNS)"));
    }
}
