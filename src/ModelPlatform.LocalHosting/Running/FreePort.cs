using System.Net;
using System.Net.Sockets;

namespace ModelPlatform.LocalHosting.Running;

/// <summary>Ports of this machine's loopback.</summary>
internal static class FreePort
{
    public static int Find()
    {
        while (true)
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var port = ((IPEndPoint)listener.LocalEndpoint).Port;
            if (IsFree(port, IPAddress.IPv6Loopback))
            {
                return port;
            }
        }
    }

    public static bool IsFree(int port) => IsFree(port, IPAddress.Loopback) && IsFree(port, IPAddress.IPv6Loopback);

    private static bool IsFree(int port, IPAddress address)
    {
        try
        {
            using var listener = new TcpListener(address, port);
            listener.Start();
            return true;
        }
        catch (SocketException exception)
        {
            // A machine without IPv6 has nothing in use there.
            return exception.SocketErrorCode is SocketError.AddressFamilyNotSupported or SocketError.AddressNotAvailable;
        }
    }
}
