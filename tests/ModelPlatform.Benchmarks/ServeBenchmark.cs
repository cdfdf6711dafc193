using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ModelPlatform.Benchmarks;

/// <summary>Serving a whole file, and ranges of 8 MiB over 16 connections, out of verified chunks, against nginx with sendfile.</summary>
internal static class ServeBenchmark
{
    private const int RangeBytes = 8 * 1024 * 1024;
    private const int Connections = 16;
    private const int Requests = 32_000;

    public static async Task RunAsync(BenchmarkSettings settings)
    {
        var directory = Directory.CreateDirectory(Path.Combine(settings.Directory, $"mp-bench-{Guid.NewGuid():N}")).FullName;
        try
        {
            await FileOrigin.WriteFileAsync(Path.Combine(directory, "file"), settings.Bytes);
            await using var origin = await FileOrigin.StartAsync(directory);
            Environment.SetEnvironmentVariable("TMPDIR", directory);
            await using var platform = await PlatformProcesses.StartAsync(origin.Address);
            await platform.FetchAsync(new Uri(origin.Address, "file"), "model");
            var (theirs, ours) = (new Uri(origin.Address, "file"), new Uri(platform.Api.BaseAddress!, "v2/models/model:v1/artifacts/file"));
            var manifest = new Uri(platform.Api.BaseAddress!, "v2/manifests/small");
            await File.WriteAllBytesAsync(Path.Combine(directory, "small"), new byte[1000]);
            await platform.FetchAsync(new Uri(origin.Address, "small"), "small");
            await File.WriteAllBytesAsync(Path.Combine(directory, "manifest"), await platform.Api.GetByteArrayAsync(manifest));
            await Contest.ShellAsync($"curl -sf -o /dev/null {ours}");
            await new Contest("serve, whole file", settings)
                .Add("nginx", () => Contest.ShellAsync($"curl -sf -o /dev/null {theirs}"))
                .Add("ModelPlatform", () => Contest.ShellAsync($"curl -sf -o /dev/null {ours}"), cpu: platform.Cpu)
                .RunAsync();
            await new Contest($"serve, 8 MiB ranges, {Connections} connections", settings)
                .Add("nginx", () => RangesAsync(theirs, settings.Bytes))
                .Add("ModelPlatform", () => RangesAsync(ours, settings.Bytes), cpu: platform.Cpu)
                .RunAsync();
            await new Contest($"{Requests} requests for {new FileInfo(Path.Combine(directory, "manifest")).Length} bytes of JSON, {Connections} connections", settings)
                .Add("nginx", () => RequestsAsync(new Uri(origin.Address, "manifest")))
                .Add("ModelPlatform", () => RequestsAsync(manifest), cpu: platform.Cpu)
                .RunAsync();
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Bare sockets: a client that costs more than the servers would hide what differs between them.</summary>
    private static Task RequestsAsync(Uri address) => Parallel.ForAsync(0, Connections, async (_, token) =>
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, address.Port, token);
        var request = Encoding.ASCII.GetBytes($"GET {address.AbsolutePath} HTTP/1.1\r\nHost: {address.Authority}\r\n\r\n");
        var buffer = new byte[16 * 1024];
        for (var i = 0; i < Requests / Connections; i++)
        {
            await socket.SendAsync(request, token);
            for (var (received, whole) = (0, int.MaxValue); received < whole;)
            {
                var count = await socket.ReceiveAsync(buffer.AsMemory(received), token);
                received = count > 0 ? received + count : throw new IOException("The server left.");
                whole = whole < int.MaxValue ? whole : Whole(buffer.AsSpan(0, received));
            }
        }
    });

    /// <summary>Bytes of an answer, head and body; the greatest number while the head is not there.</summary>
    private static int Whole(ReadOnlySpan<byte> answer)
    {
        if (!answer.StartsWith("HTTP/1.1 200"u8))
        {
            throw new InvalidOperationException(Encoding.ASCII.GetString(answer));
        }

        var end = answer.IndexOf("\r\n\r\n"u8);
        var length = "\r\nContent-Length: "u8;
        return end >= 0 && answer.IndexOf(length) is var at and >= 0 && Utf8Parser.TryParse(answer[(at + length.Length)..], out int body, out _) ? end + 4 + body : int.MaxValue;
    }

    private static async Task RangesAsync(Uri address, long size)
    {
        using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = Connections, UseProxy = false });
        var offsets = Enumerable.Range(0, (int)(size / RangeBytes)).Select(i => (long)i * RangeBytes);
        await Parallel.ForEachAsync(offsets, new ParallelOptions { MaxDegreeOfParallelism = Connections }, async (offset, token) =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.Range = new(offset, offset + RangeBytes - 1);
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token);
            await response.Content.CopyToAsync(Stream.Null, token);
        });
    }
}
