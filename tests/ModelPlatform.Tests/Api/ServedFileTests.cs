using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using ModelPlatform.Api.Serving;
using ModelPlatform.Integrity;
using ModelPlatform.Sources;

namespace ModelPlatform.Tests.Api;

public sealed class ServedFileTests
{
    private static readonly byte[] Content = RandomNumberGenerator.GetBytes(300_000);
    private static readonly Sha256Digest Digest = Sha256Digest.Of(Content);
    private static readonly DateTimeOffset Published = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);
    private static readonly string ETag = $"\"{Digest}\"";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static Task<ApiHost> StartAsync(Func<long, long, PipeWriter, CancellationToken, Task>? copy = null, string name = "onnx/model.onnx", bool empty = false) => ApiHost.StartAsync(app =>
        app.MapGet("/file", () => new ServedFileResult(
            new ServedFile(name, empty ? 0 : Content.Length, empty ? Sha256Digest.Of([]) : Digest, copy ?? CopyAsync) { LastModified = Published })));

    private static async Task CopyAsync(long offset, long length, PipeWriter to, CancellationToken cancellationToken) =>
        await to.WriteAsync(Content.AsMemory((int)offset, (int)length), cancellationToken);

    [Fact]
    public async Task Get_WholeFile_IsExactAndDescribed()
    {
        await using var host = await StartAsync();
        var answer = await host.SendRawAsync("GET /file", "Accept-Encoding: gzip, br");
        Assert.Equal(200, answer.Status);
        Assert.Equal(Content, answer.Body);
        Assert.Equal(ETag, answer.Headers["ETag"]);
        Assert.Equal($"sha-256=:{Convert.ToBase64String(SHA256.HashData(Content))}:", answer.Headers["Repr-Digest"]);
        Assert.Equal("bytes", answer.Headers["Accept-Ranges"]);
        Assert.Equal("300000", answer.Headers["Content-Length"]);
        Assert.Equal("Fri, 02 Jan 2026 03:04:05 GMT", answer.Headers["Last-Modified"]);
        Assert.Equal("private, no-cache", answer.Headers["Cache-Control"]);
        Assert.Equal("attachment; filename*=UTF-8''model.onnx; filename=\"model.onnx\";", answer.Headers["Content-Disposition"]);
        Assert.False(answer.Headers.ContainsKey("Content-Encoding") || answer.Headers.ContainsKey("Transfer-Encoding"));
    }

    [Fact]
    public async Task Head_WholeFile_HasTheSameHeadersAndNoBody()
    {
        await using var host = await StartAsync();
        var get = await host.SendRawAsync("GET /file");
        var head = await host.SendRawAsync("HEAD /file", "Range: bytes=0-0");
        Assert.Equal((200, 0), (head.Status, head.Body.Length));
        Assert.Equal(get.Headers.Where(pair => pair.Key != "Date"), head.Headers.Where(pair => pair.Key != "Date"));
    }

    [Theory]
    [InlineData("bytes=0-0", 0, 1)]
    [InlineData("bytes=299999-", 299_999, 1)]
    [InlineData("bytes=-7", 299_993, 7)]
    [InlineData("bytes=100-200100", 100, 200_001)]
    public async Task Get_OneRange_Answers206(string range, int offset, int length)
    {
        await using var host = await StartAsync();
        var answer = await host.SendRawAsync("GET /file", $"Range: {range}");
        Assert.Equal(206, answer.Status);
        Assert.Equal($"bytes {offset}-{offset + length - 1}/300000", answer.Headers["Content-Range"]);
        Assert.Equal(Content[offset..(offset + length)], answer.Body);
        Assert.Equal(ETag, answer.Headers["ETag"]);
    }

    [Fact]
    public async Task Get_SeveralRanges_AnswersMultipart()
    {
        await using var host = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/file");
        request.Headers.TryAddWithoutValidation("Range", "bytes=0-9, 1000-1099, -5");
        using var response = await host.Client.SendAsync(request, Cancel);
        Assert.Equal(206, (int)response.StatusCode);
        Assert.Equal("multipart/byteranges", response.Content.Headers.ContentType?.MediaType);
        var boundary = response.Content.Headers.ContentType!.Parameters.Single(parameter => parameter.Name == "boundary").Value;
        var expected = Encoding.Latin1.GetString(Content);
        var parts = new[] { (0, 10), (1000, 100), (299_995, 5) }.Select(part =>
            $"--{boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes {part.Item1}-{part.Item1 + part.Item2 - 1}/300000\r\n\r\n{expected.Substring(part.Item1, part.Item2)}\r\n");
        var body = await response.Content.ReadAsByteArrayAsync(Cancel);
        Assert.Equal(string.Concat(parts) + $"--{boundary}--\r\n", Encoding.Latin1.GetString(body));
        Assert.Equal(body.Length, response.Content.Headers.ContentLength);
    }

    [Theory]
    [InlineData("bytes=300000-")]
    [InlineData("bytes=5-2")]
    [InlineData("bytes=x")]
    [InlineData("bytes=-0")]
    public async Task Get_RangeOutsideOrMalformed_Answers416WithTheSize(string range)
    {
        await using var host = await StartAsync();
        var answer = await host.SendRawAsync("GET /file", $"Range: {range}");
        Assert.Equal((416, "bytes */300000"), (answer.Status, answer.Headers["Content-Range"]));
        Assert.Contains("\"code\":\"RANGE_NOT_SATISFIABLE\"", answer.Text, StringComparison.Ordinal);
    }

    /// <summary>RELIABILITY.md: every malformed Range, over a socket, on a connection that goes on.</summary>
    [Theory]
    [InlineData("bytes=", 416)]
    [InlineData("bytes=-", 416)]
    [InlineData("bytes=--1", 416)]
    [InlineData("bytes=+0-1", 416)]
    [InlineData("bytes=0x0-0x1", 416)]
    [InlineData("bytes=0 -1", 416)]
    [InlineData("bytes=0-1-2", 416)]
    [InlineData("bytes=0-1;2-3", 416)]
    [InlineData("bytes=0-1,x", 416)]
    [InlineData("bytes=1e3-", 416)]
    [InlineData("bytes=99999999999999999999999999-", 416)]
    [InlineData("bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14,16-16", 416)]
    [InlineData("bytes=0-99999999999999999999999999", 206)]
    [InlineData("bytes=-99999999999999999999999999", 206)]
    [InlineData("BYTES=0-0", 206)]
    [InlineData("bytes=,,0-0,,", 206)]
    [InlineData("bytes=0-0,400000-", 206)]
    [InlineData("bytes", 200)]
    [InlineData("0-1", 200)]
    [InlineData("=0-1", 200)]
    [InlineData("items=0-1", 200)]
    public async Task Get_AnyRangeHeader_AnswersItsStatusAndNeverMoreThanTheFile(string range, int status)
    {
        await using var host = await StartAsync();
        var answer = await host.SendRawAsync("GET /file", $"Range: {range}");
        Assert.Equal(status, answer.Status);
        Assert.True(answer.Body.Length <= Content.Length);
        Assert.Equal(200, (await host.SendRawAsync("GET /file")).Status);
    }

    [Fact]
    public async Task Get_ThousandOverlappingRanges_SendsLittle()
    {
        await using var host = await StartAsync();
        var answer = await host.SendRawAsync("GET /file", $"Range: bytes={string.Join(',', Enumerable.Repeat("0-", 1000))}");
        Assert.Equal(416, answer.Status);
        Assert.True(answer.Body.Length < 2000);
    }

    [Theory]
    [InlineData("If-None-Match: ETAG", 304)]
    [InlineData("If-None-Match: W/ETAG", 304)]
    [InlineData("If-None-Match: \"other\", ETAG", 304)]
    [InlineData("If-None-Match: *", 304)]
    [InlineData("If-None-Match: \"other\"", 200)]
    [InlineData("If-None-Match: nonsense", 200)]
    [InlineData("If-Modified-Since: Fri, 02 Jan 2026 03:04:05 GMT", 304)]
    [InlineData("If-Modified-Since: Fri, 02 Jan 2026 03:04:04 GMT", 200)]
    [InlineData("If-Modified-Since: nonsense", 200)]
    [InlineData("If-None-Match: \"other\"|If-Modified-Since: Fri, 02 Jan 2026 03:04:05 GMT", 200)]
    [InlineData("If-Match: ETAG", 200)]
    [InlineData("If-Match: *", 200)]
    [InlineData("If-Match: \"other\"", 412)]
    [InlineData("If-Match: W/ETAG", 412)]
    [InlineData("If-Match: nonsense", 412)]
    [InlineData("If-Unmodified-Since: Fri, 02 Jan 2026 03:04:05 GMT", 200)]
    [InlineData("If-Unmodified-Since: Fri, 02 Jan 2026 03:04:04 GMT", 412)]
    [InlineData("If-Match: ETAG|If-None-Match: ETAG", 304)]
    [InlineData("Range: bytes=0-9|If-Range: ETAG", 206)]
    [InlineData("Range: bytes=0-9|If-Range: \"other\"", 200)]
    [InlineData("Range: bytes=0-9|If-Range: W/ETAG", 200)]
    [InlineData("Range: bytes=0-9|If-Range: nonsense", 200)]
    [InlineData("Range: bytes=0-9|If-Range: Fri, 02 Jan 2026 03:04:05 GMT", 206)]
    [InlineData("Range: bytes=0-9|If-Range: Fri, 02 Jan 2026 03:04:06 GMT", 200)]
    [InlineData("Range: bytes=900000-|If-Range: \"other\"", 200)]
    [InlineData("Range: bytes=0-9|If-None-Match: ETAG", 304)]
    [InlineData("Range: lines=0-9", 200)]
    public async Task Get_Condition_AnswersItsStatus(string headers, int status)
    {
        await using var host = await StartAsync();
        var lines = headers.Replace("ETAG", ETag, StringComparison.Ordinal).Split('|');
        var answer = await host.SendRawAsync("GET /file", lines);
        Assert.Equal(status, answer.Status);
        Assert.Equal(status is 200 or 206 or 304, answer.Headers.GetValueOrDefault("ETag") == ETag);
        Assert.True(status is not 304 || answer.Body.Length == 0);
        var head = await host.SendRawAsync("HEAD /file", lines);
        Assert.Equal(status == 206 ? 200 : status, head.Status);
    }

    [Fact]
    public async Task Get_EmptyFile_IsEmpty()
    {
        await using var host = await StartAsync(empty: true);
        var answer = await host.SendRawAsync("GET /file");
        Assert.Equal((200, "0"), (answer.Status, answer.Headers["Content-Length"]));
        Assert.Equal(416, (await host.SendRawAsync("GET /file", "Range: bytes=0-")).Status);
    }

    [Theory]
    [InlineData("page.html", "application/octet-stream")]
    [InlineData("image.SVG", "application/octet-stream")]
    [InlineData("a.xhtml", "application/octet-stream")]
    [InlineData("README.md", "text/plain; charset=utf-8")]
    [InlineData("config.json", "application/json")]
    public async Task Get_ActiveContent_IsServedAsBytesInASandbox(string name, string type)
    {
        await using var host = await StartAsync(name: name);
        var answer = await host.SendRawAsync("GET /file");
        Assert.Equal((type, "nosniff", "sandbox; default-src 'none'"), (answer.Headers["Content-Type"], answer.Headers["X-Content-Type-Options"], answer.Headers["Content-Security-Policy"]));
    }

    [Theory]
    [InlineData("a/b\"c\\d.bin", "attachment; filename*=UTF-8''b%22c%5Cd.bin; filename=\"b_c_d.bin\";")]
    [InlineData("é\u202Etxt.exe", "attachment; filename*=UTF-8''%C3%A9%E2%80%AEtxt.exe; filename=\"__txt.exe\";")]
    public void Disposition_HostileName_IsPlain(string path, string disposition) => Assert.Equal(disposition, FileNames.DispositionOf(path, inline: false));

    [Fact]
    public async Task Get_FirstChunkBroken_AnswersTheError()
    {
        await using var host = await StartAsync((_, _, _, _) => throw new PlatformException(new PlatformError(ErrorCode.IntegrityFailed, "chunk 0 of model.onnx")));
        foreach (var range in new[] { "X-None: 1", "Range: bytes=0-9", "Range: bytes=0-9,5000-5009" })
        {
            var answer = await host.SendRawAsync("GET /file", range);
            Assert.Equal(422, answer.Status);
            Assert.Contains("\"code\":\"INTEGRITY_FAILED\"", answer.Text, StringComparison.Ordinal);
            Assert.False(answer.Headers.ContainsKey("ETag"));
        }
    }

    [Fact]
    public async Task Get_LaterChunkBroken_BreaksTheConnection()
    {
        await using var host = await StartAsync(async (offset, length, to, token) =>
        {
            await to.WriteAsync(Content.AsMemory(0, 100_000), token);
            throw new PlatformException(new PlatformError(ErrorCode.IntegrityFailed, "chunk 1 of model.onnx"));
        });
        using var response = await host.Client.GetAsync("/file", HttpCompletionOption.ResponseHeadersRead, Cancel);
        await Assert.ThrowsAnyAsync<Exception>(() => response.Content.ReadAsByteArrayAsync(Cancel));
        Assert.Contains(host.Log.All, line => line.Contains("broke off", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Get_ClientLeaves_CancelsTheReadingQuietly()
    {
        var left = new TaskCompletionSource();
        await using var host = await StartAsync(async (offset, length, to, token) =>
        {
            await to.WriteAsync(Content.AsMemory(0, 100), token);
            await using var registration = token.Register(left.SetResult);
            await left.Task;
            token.ThrowIfCancellationRequested();
        });
        using (var socket = new TcpClient())
        {
            await socket.ConnectAsync(System.Net.IPAddress.Loopback, host.Address.Port, Cancel);
            await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET /file HTTP/1.1\r\nHost: {host.Address.Authority}\r\n\r\n"), Cancel);
            await socket.GetStream().ReadExactlyAsync(new byte[50], Cancel);
            socket.LingerState = new LingerOption(true, 0);
        }

        await left.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        Assert.DoesNotContain(host.Log.All, line => line.Contains("broke off", StringComparison.Ordinal) || line.Contains("failed unexpectedly", StringComparison.Ordinal));
    }
}
