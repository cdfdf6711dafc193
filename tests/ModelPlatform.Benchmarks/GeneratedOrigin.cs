using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ModelPlatform.Benchmarks;

/// <summary>An origin whose files, <c>/{MiB}/{seed}</c>, exist only while they are sent: no two chunks alike, any length, no disk.</summary>
internal sealed class GeneratedOrigin : IAsyncDisposable
{
    private const int Block = 64 * 1024;
    private readonly WebApplication app;
    private readonly byte[] noise = RandomNumberGenerator.GetBytes(Block);

    private GeneratedOrigin()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        app = builder.Build();
        app.MapMethods("/{mebibytes:long}/{seed:int}", ["GET", "HEAD"], SendAsync);
    }

    /// <summary>How long it thinks before each answer.</summary>
    public TimeSpan Latency { get; set; }

    public Uri Address => new(app.Urls.First());

    public static async Task<GeneratedOrigin> StartAsync()
    {
        var origin = new GeneratedOrigin();
        await origin.app.StartAsync();
        return origin;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task SendAsync(HttpContext context, long mebibytes, int seed)
    {
        var length = mebibytes * 1024 * 1024;
        var range = context.Request.GetTypedHeaders().Range?.Ranges.Single();
        var (from, to) = (range?.From ?? 0, Math.Min(range?.To ?? long.MaxValue, length - 1));
        var response = context.Response;
        response.StatusCode = range is null ? 200 : 206;
        response.Headers.AcceptRanges = "bytes";
        response.Headers.ETag = $"\"{mebibytes}-{seed}\"";
        response.ContentLength = to - from + 1;
        if (range is not null)
        {
            response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {from}-{to}/{length}");
        }

        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        await Task.Delay(Latency, context.RequestAborted);
        for (var at = from; at <= to;)
        {
            var start = at / Block * Block;
            var output = response.BodyWriter.GetMemory(Block);
            noise.CopyTo(output.Span);
            BinaryPrimitives.WriteInt64LittleEndian(output.Span, start);
            BinaryPrimitives.WriteInt32LittleEndian(output.Span[8..], seed);
            var count = (int)(Math.Min(start + Block, to + 1) - at);
            if (at > start)
            {
                output.Span.Slice((int)(at - start), count).CopyTo(output.Span);
            }

            response.BodyWriter.Advance(count);
            at += count;
            await response.BodyWriter.FlushAsync(context.RequestAborted);
        }
    }
}
