using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace ModelPlatform.FunctionalTests.Platform;

/// <summary>HTTP by socket: clients normalise paths and headers that some tests are about.</summary>
public sealed record RawHttp(int Status, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    /// <summary>The body as JSON; empty where it is none.</summary>
    public JsonObject Json => Headers.GetValueOrDefault("Content-Type")?.Contains("json", StringComparison.Ordinal) == true ? JsonNode.Parse(Body) as JsonObject ?? [] : [];

    public string? Code => (string?)Json["code"];

    /// <summary>Sends a request with these header lines and reads the answer to its end.</summary>
    public static async Task<RawHttp> SendAsync(int port, string requestLine, CancellationToken cancellationToken, params string[] headers)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
        await using var stream = socket.GetStream();
        var host = headers.Any(header => header.StartsWith("Host:", StringComparison.OrdinalIgnoreCase)) ? string.Empty : $"Host: localhost:{port}\r\n";
        await stream.WriteAsync(Encoding.Latin1.GetBytes($"{requestLine} HTTP/1.1\r\n{host}Connection: close\r\n{string.Concat(headers.Select(header => header + "\r\n"))}\r\n"), cancellationToken);
        using var received = new MemoryStream();
        await stream.CopyToAsync(received, cancellationToken);
        return Parse(received.ToArray());
    }

    private static RawHttp Parse(byte[] bytes)
    {
        var end = bytes.AsSpan().IndexOf("\r\n\r\n"u8);
        var lines = Encoding.Latin1.GetString(bytes, 0, end).Split("\r\n");
        var headers = lines.Skip(1).Select(line => line.Split(':', 2)).GroupBy(pair => pair[0], StringComparer.OrdinalIgnoreCase)
            .ToDictionary(group => group.Key, group => string.Join(", ", group.Select(pair => pair[1].Trim())), StringComparer.OrdinalIgnoreCase);
        var body = bytes[(end + 4)..];
        return new RawHttp(int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture), headers, headers.ContainsKey("Transfer-Encoding") ? Unchunk(body) : body);
    }

    private static byte[] Unchunk(ReadOnlySpan<byte> body)
    {
        List<byte> plain = [];
        while (body.IndexOf("\r\n"u8) is > 0 and var line && int.Parse(Encoding.ASCII.GetString(body[..line]), NumberStyles.HexNumber, CultureInfo.InvariantCulture) is > 0 and var length)
        {
            plain.AddRange(body.Slice(line + 2, length));
            body = body[(line + 4 + length)..];
        }

        return [.. plain];
    }
}
