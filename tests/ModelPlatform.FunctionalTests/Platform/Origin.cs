using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;

namespace ModelPlatform.FunctionalTests.Platform;

/// <summary>A web server that a model is fetched from. Tests put <see cref="Content"/> under paths, count what was asked for, and may answer themselves.</summary>
public sealed class Origin : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentDictionary<string, Content> files = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> sent = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> requests = new();

    private Origin()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(options => options.Limits.MinResponseDataRate = null);
        app = builder.Build();
        app.Run(AnswerAsync);
    }

    /// <summary>For <c>Fetch:AllowedOrigins</c>.</summary>
    public string Address { get; private set; } = string.Empty;

    /// <summary>Answers in place of the origin; true where it did. This is where faults are injected.</summary>
    public Func<HttpContext, Content?, Task<bool>>? Intercept { get; set; }

    /// <summary>Waits before each part of a body, given its length: how a slow line is made.</summary>
    public Func<int, CancellationToken, Task> Pace { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>Method, path and range of every request so far.</summary>
    public IReadOnlyCollection<string> Requests => requests;

    public static async Task<Origin> StartAsync()
    {
        var origin = new Origin();
        await origin.app.StartAsync();
        origin.Address = origin.app.Urls.First();
        return origin;
    }

    /// <summary>Puts a file under a path.</summary>
    /// <returns>Its address.</returns>
    public string Put(string path, Content content)
    {
        files[path] = content;
        return Address + path;
    }

    /// <summary>Body bytes sent for a path so far.</summary>
    public long BytesSent(string path) => sent.GetValueOrDefault(path);

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        requests.Enqueue($"{context.Request.Method} {path} {context.Request.Headers.Range}".TrimEnd());
        files.TryGetValue(path, out var content);
        if (Intercept is { } intercept && await intercept(context, content))
        {
            return;
        }

        if (content is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        await SendAsync(context, content, path);
    }

    private async Task SendAsync(HttpContext context, Content content, string path)
    {
        var response = context.Response;
        response.Headers.AcceptRanges = "bytes";
        response.Headers.ETag = $"\"{path.GetHashCode(StringComparison.Ordinal):x}-{content.Length}\"";
        response.ContentType = "application/octet-stream";
        var (first, last) = (0L, content.Length - 1);
        if (RangeHeaderValue.TryParse(context.Request.Headers.Range.ToString(), out var range) && range.Ranges.Count == 1)
        {
            var asked = range.Ranges.First();
            first = asked.From ?? Math.Max(0, content.Length - (asked.To ?? 0));
            last = asked.From is null ? last : Math.Min(asked.To ?? last, last);
            if (first > last)
            {
                response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
                response.Headers.ContentRange = $"bytes */{content.Length}";
                return;
            }

            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = $"bytes {first}-{last}/{content.Length}";
        }

        response.ContentLength = last - first + 1;
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        var buffer = new byte[64 * 1024];
        for (var offset = first; offset <= last;)
        {
            var part = buffer.AsMemory(0, (int)Math.Min(buffer.Length, last - offset + 1));
            await Pace(part.Length, context.RequestAborted);
            content.Fill(offset, part.Span);
            await response.Body.WriteAsync(part, context.RequestAborted);
            sent.AddOrUpdate(path, part.Length, (_, before) => before + part.Length);
            offset += part.Length;
        }
    }
}
