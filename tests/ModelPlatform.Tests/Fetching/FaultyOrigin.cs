using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ModelPlatform.Tests.Fetching;

/// <summary>An HTTP/1.1 origin on Kestrel's transport that says every byte itself, so that it can say the wrong ones.</summary>
public sealed class FaultyOrigin : IAsyncDisposable
{
    private readonly WebApplication application;
    private readonly ConcurrentQueue<OriginRequest> requests = new();
    private long bodyBytes;
    private int openConnections;
    private int mostConnections;

    private FaultyOrigin(Func<OriginRequest, OriginAnswer, Task> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Run(connection => ServeAsync(connection, answer))));
        application = builder.Build();
    }

    public Uri Address { get; private set; } = null!;

    public IReadOnlyList<OriginRequest> Requests => [.. requests];

    /// <summary>Body bytes of GET answers that were sent.</summary>
    public long BodyBytes => Interlocked.Read(ref bodyBytes);

    public int MostRequestsAtOnce => mostConnections;

    public static async Task<FaultyOrigin> StartAsync(Func<OriginRequest, OriginAnswer, Task> answer)
    {
        var origin = new FaultyOrigin(answer);
        await origin.application.StartAsync();
        origin.Address = new Uri(origin.application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return origin;
    }

    public async ValueTask DisposeAsync()
    {
        using var soon = new CancellationTokenSource(100);
        await application.StopAsync(soon.Token);
        await application.DisposeAsync();
    }

    private async Task ServeAsync(ConnectionContext connection, Func<OriginRequest, OriginAnswer, Task> answer)
    {
        try
        {
            while (await ReadHeadAsync(connection.Transport.Input, connection.ConnectionClosed) is { } head)
            {
                var lines = head.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
                var first = lines[0].Split(' ');
                var headers = lines.Skip(1).Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);
                var request = new OriginRequest(requests.Count, first[0], first[1], headers);
                requests.Enqueue(request);
                var output = new OriginAnswer(connection, count => Interlocked.Add(ref bodyBytes, count));
                var open = Interlocked.Increment(ref openConnections);
                int most;
                while ((most = Volatile.Read(ref mostConnections)) < open && Interlocked.CompareExchange(ref mostConnections, open, most) != most)
                {
                }

                try
                {
                    await answer(request, output);
                }
                finally
                {
                    Interlocked.Decrement(ref openConnections);
                }

                if (output.IsClosing)
                {
                    return;
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or ConnectionAbortedException or ConnectionResetException or InvalidOperationException)
        {
            // The other side left.
        }
    }

    private static async Task<string?> ReadHeadAsync(PipeReader input, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await input.ReadAsync(cancellationToken);
            var text = Encoding.ASCII.GetString(read.Buffer.ToArray());
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end >= 0)
            {
                input.AdvanceTo(read.Buffer.GetPosition(end + 4));
                return text[..end];
            }

            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted)
            {
                return null;
            }
        }
    }
}

/// <summary>What was asked.</summary>
public sealed record OriginRequest(int Number, string Method, string Path, IReadOnlyDictionary<string, string> Headers)
{
    public (long From, long? To)? Range
    {
        get
        {
            if (!Headers.TryGetValue("Range", out var text))
            {
                return null;
            }

            var parts = text["bytes=".Length..].Split('-');
            return (long.Parse(parts[0], CultureInfo.InvariantCulture), parts[1].Length == 0 ? null : long.Parse(parts[1], CultureInfo.InvariantCulture));
        }
    }
}

/// <summary>Says bytes.</summary>
public sealed class OriginAnswer(ConnectionContext connection, Action<int> sent)
{
    public bool IsClosing { get; private set; }

    public CancellationToken Gone => connection.ConnectionClosed;

    public async Task HeadAsync(string status, params string[] headers) =>
        await connection.Transport.Output.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\n{string.Concat(headers.Select(header => header + "\r\n"))}\r\n"), Gone);

    public async Task BodyAsync(ReadOnlyMemory<byte> bytes)
    {
        for (var rest = bytes; !rest.IsEmpty;)
        {
            var piece = rest[..Math.Min(16 * 1024, rest.Length)];
            // Before the sending: whoever has read a byte finds it counted.
            sent(piece.Length);
            await connection.Transport.Output.WriteAsync(piece, Gone);
            rest = rest[piece.Length..];
        }
    }

    /// <summary>RST.</summary>
    public void Reset()
    {
        IsClosing = true;
        connection.Abort(new ConnectionAbortedException());
    }

    /// <summary>FIN, after what was said.</summary>
    public async Task CloseAsync()
    {
        IsClosing = true;
        await connection.Transport.Output.CompleteAsync();
    }

    /// <summary>Says nothing until the other side leaves.</summary>
    public Task StallAsync() => Task.Delay(Timeout.Infinite, Gone);

    /// <summary>Answers a file as a good server does.</summary>
    public async Task FileAsync(OriginRequest request, ReadOnlyMemory<byte> content, string etag = "\"v1\"")
    {
        var range = request.Headers.TryGetValue("If-Range", out var condition) && condition != etag ? null : request.Range;
        if (range is { } outside && outside.From >= content.Length && content.Length > 0)
        {
            await HeadAsync("416 Range Not Satisfiable", "Content-Length: 0", $"Content-Range: bytes */{content.Length}");
            return;
        }

        var from = range?.From ?? 0;
        var to = Math.Min(range?.To ?? long.MaxValue, content.Length - 1);
        await HeadAsync(
            range is null ? "200 OK" : "206 Partial Content",
            [$"Content-Length: {to - from + 1}", $"ETag: {etag}", "Accept-Ranges: bytes", .. range is null ? Array.Empty<string>() : [$"Content-Range: bytes {from}-{to}/{content.Length}"]]);
        if (request.Method != "HEAD")
        {
            await BodyAsync(content[(int)from..(int)(to + 1)]);
        }
    }
}
