using System.Net;
using System.Net.Sockets;

namespace ModelPlatform.FunctionalTests.Platform;

/// <summary>Spreads connections over several servers in turn, as what stands before replicas does. One that does not answer is left out of that turn.</summary>
public sealed class LoadBalancer : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly IReadOnlyList<int> ports;
    private readonly Task running;
    private int turn;

    public LoadBalancer(IReadOnlyList<int> ports)
    {
        this.ports = ports;
        listener.Start();
        running = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        await running;
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ForwardAsync(await listener.AcceptTcpClientAsync(stop.Token));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // It is disposed.
        }
    }

    private async Task ForwardAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                using var server = await ConnectAsync();
                var (near, far) = (client.GetStream(), server.GetStream());
                await Task.WhenAny(near.CopyToAsync(far, stop.Token), far.CopyToAsync(near, stop.Token));
            }
            catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
            {
                // Whoever is left sees his connection end.
            }
        }
    }

    private async Task<TcpClient> ConnectAsync()
    {
        for (var tries = 1; ; tries++)
        {
            var server = new TcpClient { NoDelay = true };
            try
            {
                await server.ConnectAsync("localhost", ports[(int)((uint)Interlocked.Increment(ref turn) % (uint)ports.Count)], stop.Token);
                return server;
            }
            catch (SocketException) when (tries < ports.Count)
            {
                server.Dispose();
            }
        }
    }
}
