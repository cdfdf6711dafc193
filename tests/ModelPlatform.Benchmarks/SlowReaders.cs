using System.Net.Sockets;
using System.Text;

namespace ModelPlatform.Benchmarks;

/// <summary>Clients that ask for a whole file and then take 1 KB of it in a second.</summary>
internal sealed class SlowReaders : IAsyncDisposable
{
    private const int BytesPerSecond = 1024;

    private readonly List<Socket> sockets = [];
    private readonly CancellationTokenSource stop = new();
    private Task reading = Task.CompletedTask;
    private long received;

    /// <summary>How many still receive.</summary>
    public int Alive { get; private set; }

    /// <summary>Bytes all of them took.</summary>
    public long Received => received;

    public static async Task<SlowReaders> StartAsync(Uri file, int count)
    {
        var readers = new SlowReaders();
        for (var i = 0; i < count; i++)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096, NoDelay = true };
            await socket.ConnectAsync("127.0.0.1", file.Port);
            await socket.SendAsync(Encoding.ASCII.GetBytes($"GET {file.AbsolutePath} HTTP/1.1\r\nHost: {file.Authority}\r\n\r\n"));
            readers.sockets.Add(socket);
        }

        readers.reading = readers.ReadAsync();
        return readers;
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await reading;
        sockets.ForEach(socket => socket.Dispose());
        stop.Dispose();
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[BytesPerSecond];
        using var second = new PeriodicTimer(TimeSpan.FromSeconds(1));
        try
        {
            while (await second.WaitForNextTickAsync(stop.Token))
            {
                var alive = 0;
                foreach (var socket in sockets.Where(socket => socket.Connected))
                {
                    if (socket.Available == 0 && !socket.Poll(0, SelectMode.SelectRead))
                    {
                        alive++;
                        continue;
                    }

                    var read = await ReadOnceAsync(socket, buffer);
                    received += read;
                    alive += read > 0 ? 1 : 0;
                }

                Alive = alive;
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private static async Task<int> ReadOnceAsync(Socket socket, byte[] buffer)
    {
        try
        {
            return await socket.ReceiveAsync(buffer.AsMemory());
        }
        catch (SocketException)
        {
            return 0;
        }
    }
}
