using System.Globalization;
using ModelPlatform.FunctionalTests.Platform;

namespace ModelPlatform.FunctionalTests.CommandLine;

/// <summary>The loader in processes of its own, with the real API behind a line that the test holds in its hands.</summary>
public sealed class PreloadTests(PlatformFixture fixture) : IAsyncLifetime
{
    private const long Chunk = 5 * 1024 * 1024;
    private const long Size = 9 * Chunk;
    private readonly string folder = Directory.CreateTempSubdirectory("preload-").FullName;
    private readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false });
    private readonly string model = $"cli-preload-{Guid.NewGuid():N}";
    private RunningPlatform platform = null!;
    private Origin line = null!;
    private long carried;
    private long allowed = long.MaxValue;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        platform = await fixture.GetAsync(Cancellation);
        line = await Origin.StartAsync();
        line.Intercept = (context, _) => CarryAsync(context);
        await platform.Api.FetchAsync("url", fixture.Origin.Put("/cli/preload.onnx", new Content(Size, 75)), model, Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        Interlocked.Exchange(ref allowed, long.MaxValue);
        await line.DisposeAsync();
        http.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Preload_Killed9InTheMiddle_FetchesOnlyWhatWasNotProven()
    {
        Interlocked.Exchange(ref allowed, 6 * Chunk);
        using (var first = Start("a"))
        {
            for (var started = TimeProvider.System.GetTimestamp(); Interlocked.Read(ref carried) < 6 * Chunk;)
            {
                Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromMinutes(2), $"Only {Interlocked.Read(ref carried)} bytes were asked for.");
                Assert.False(first.HasEnded, first.HasEnded ? (await first.EndAsync()).Progress : null);
                await Task.Delay(20, Cancellation);
            }

            await first.KillAsync();
        }

        var before = Interlocked.Exchange(ref carried, 0);
        Interlocked.Exchange(ref allowed, long.MaxValue);
        using var second = Start("a");
        var result = await second.EndAsync();

        Assert.Equal(0, result.Exit);
        await IsWholeAsync(result);

        // Four connections may each have had a chunk in flight, and bytes under way in buffers.
        Assert.InRange(carried, Size - before, Size - before + (5 * Chunk));
    }

    [Fact]
    public async Task Preload_TwoProcessesAtOnce_IsOneDownload()
    {
        using var first = Start("b");
        using var second = Start("b");
        var results = await Task.WhenAll(first.EndAsync(), second.EndAsync());

        Assert.All(results, result => Assert.Equal(0, result.Exit));
        await IsWholeAsync(results[0]);
        Assert.Equal(Size, carried);
        var stats = await Cli.RunAsync(folder, null, "cache", "stats", "--cache", "b", "-f", "json");
        Assert.Equal(1, (int?)stats.Json["modelCount"]);
        var offline = await Cli.RunAsync(folder, null, "cache", "preload", $"{model}:v1", "--cache", "b", "--offline", "-f", "json");
        Assert.Equal(0, offline.Exit);
        Assert.Equal("cache", (string?)offline.Json["source"]);
        Assert.Equal(0, (await Cli.RunAsync(folder, null, "cache", "clear", "--cache", "b", "-y")).Exit);
        Assert.Empty(Directory.GetFiles(Path.Combine(folder, "b"), "*.onnx", SearchOption.AllDirectories));
    }

    private Cli Start(string cache) => Cli.Start(folder, null, "cache", "preload", model, "--cache", cache, "--url", line.Address, "-f", "quiet");

    private static async Task IsWholeAsync(CliResult result)
    {
        await using var file = File.OpenRead(Path.Combine(result.Data.Trim(), "preload.onnx"));
        Assert.Null(await new Content(Size, 75).FirstDifferenceAsync(file, Cancellation));
    }

    /// <summary>Carries a request to the API and its answer back, counting the bytes of files and holding them once the allowed ones are through.</summary>
    private async Task<bool> CarryAsync(Microsoft.AspNetCore.Http.HttpContext context)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://localhost:{platform.ApiPort}{context.Request.Path.ToUriComponent()}{context.Request.QueryString}");
        request.Headers.TryAddWithoutValidation("Range", context.Request.Headers.Range.ToString());
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
        context.Response.StatusCode = (int)answer.StatusCode;
        context.Response.ContentLength = answer.Content.Headers.ContentLength;
        context.Response.Headers.ContentRange = answer.Content.Headers.ContentRange?.ToString();
        var isManifest = context.Request.Path.StartsWithSegments("/v2/manifests", StringComparison.Ordinal);
        if (isManifest)
        {
            // The manifest's own URL would go past this line.
            var manifest = await answer.Content.ReadAsStringAsync(context.RequestAborted);
            manifest = manifest.Replace(string.Create(CultureInfo.InvariantCulture, $"http://localhost:{platform.ApiPort}"), line.Address, StringComparison.Ordinal);
            context.Response.ContentLength = System.Text.Encoding.UTF8.GetByteCount(manifest);
            await Microsoft.AspNetCore.Http.HttpResponseWritingExtensions.WriteAsync(context.Response, manifest, context.RequestAborted);
            return true;
        }

        await using var body = await answer.Content.ReadAsStreamAsync(context.RequestAborted);
        var buffer = new byte[64 * 1024];
        while (await body.ReadAsync(buffer, context.RequestAborted) is > 0 and var count)
        {
            while (Interlocked.Read(ref carried) >= Interlocked.Read(ref allowed))
            {
                await Task.Delay(20, context.RequestAborted);
            }

            Interlocked.Add(ref carried, count);
            await context.Response.Body.WriteAsync(buffer.AsMemory(0, count), context.RequestAborted);
        }

        return true;
    }
}
