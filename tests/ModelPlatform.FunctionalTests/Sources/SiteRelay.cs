using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ModelPlatform.FunctionalTests.Sources;

/// <summary>The line between two platforms: counts what goes over it, slows it, cuts it, changes what is said.</summary>
internal sealed class SiteRelay : IAsyncDisposable
{
    private readonly HttpClient client = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly WebApplication app;
    private readonly Uri target;
    private long bytes;

    private SiteRelay(WebApplication app, Uri target) => (this.app, this.target) = (app, target);

    public string Url => app.Urls.First();

    /// <summary>Bytes of artifacts and chunks that went through.</summary>
    public long Bytes => Interlocked.Read(ref bytes);

    /// <summary>After so many of them every connection is cut, and none is answered any more.</summary>
    public long CutAfter { get; set; } = long.MaxValue;

    /// <summary>Before each part of a body.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Changes a manifest on its way.</summary>
    public Action<JsonObject>? Edit { get; set; }

    public static async Task<SiteRelay> StartAsync(Uri target)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(kestrel => kestrel.Limits.MinResponseDataRate = null);
        var app = builder.Build();
        var relay = new SiteRelay(app, target);
        app.Run(relay.AnswerAsync);
        await app.StartAsync();
        return relay;
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        client.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (Bytes >= CutAfter)
        {
            context.Abort();
            return;
        }

        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), new Uri(target, context.Request.Path.ToUriComponent() + context.Request.QueryString));
        foreach (var name in new[] { "Range", "If-Range", "Authorization" }.Where(context.Request.Headers.ContainsKey))
        {
            request.Headers.TryAddWithoutValidation(name, context.Request.Headers[name].ToString());
        }

        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
        context.Response.StatusCode = (int)answer.StatusCode;
        var isManifest = context.Request.Path.StartsWithSegments("/v2/manifests");
        if (isManifest && answer.IsSuccessStatusCode && Edit is not null)
        {
            var manifest = JsonNode.Parse(await answer.Content.ReadAsStringAsync(context.RequestAborted))!.AsObject();
            Edit(manifest);
            await context.Response.WriteAsync(manifest.ToJsonString(), context.RequestAborted);
            return;
        }

        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers).Where(header => header.Key is "ETag" or "Content-Range" or "Content-Length" or "Content-Type" or "Accept-Ranges"))
        {
            context.Response.Headers[name] = string.Join(", ", values);
        }

        await CopyAsync(await answer.Content.ReadAsStreamAsync(context.RequestAborted), context, 
            isCounted: answer.IsSuccessStatusCode && (context.Request.Path.Value!.Contains("/artifacts/", StringComparison.Ordinal) || context.Request.Path.StartsWithSegments("/v2/chunks")));
    }

    private async Task CopyAsync(Stream body, HttpContext context, bool isCounted)
    {
        var buffer = new byte[128 * 1024];
        while (await body.ReadAsync(buffer, context.RequestAborted) is > 0 and var read)
        {
            if (isCounted && Interlocked.Add(ref bytes, read) > CutAfter)
            {
                context.Abort();
                return;
            }

            await Task.Delay(isCounted ? Delay : TimeSpan.Zero, context.RequestAborted);
            await context.Response.Body.WriteAsync(buffer.AsMemory(0, read), context.RequestAborted);
        }
    }
}
