using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ModelPlatform.Integrity;
using ModelPlatform.Manifests;
using ModelPlatform.Serving;

namespace ModelPlatform.Benchmarks;

/// <summary>Serving a whole file, and ranges of 8 MiB over 16 connections, out of verified chunks, against nginx with sendfile.</summary>
internal static class ServeBenchmark
{
    private const int RangeBytes = 8 * 1024 * 1024;
    private const int Connections = 16;

    public static async Task RunAsync(BenchmarkSettings settings)
    {
        var directory = Directory.CreateDirectory(Path.Combine(settings.Directory, $"mp-bench-{Guid.NewGuid():N}")).FullName;
        try
        {
            await FileOrigin.WriteFileAsync(Path.Combine(directory, "file"), settings.Bytes);
            await using var origin = await FileOrigin.StartAsync(directory);
            using var platform = new WarmPlatform(Path.Combine(directory, "data"), origin.Address);
            var fetched = await platform.FetchAsync(new Uri(origin.Address, "file"), null);
            var artifact = new ManifestArtifact
            {
                Path = "file",
                Size = fetched.Size,
                Sha256 = fetched.Sha256,
                Chunking = new ManifestChunking { ChunkSize = fetched.ChunkSize, ChunkCount = fetched.Chunks.Count, ChunkHashes = fetched.Chunks },
                MerkleRoot = MerkleTree.ComputeRoot(fetched.Chunks),
            };
            await using var server = await ServeAsync(artifact, platform.Services.GetRequiredService<IArtifactReader>());
            var (theirs, ours) = (new Uri(origin.Address, "file"), new Uri(new Uri(server.Urls.First()), "file"));
            await Contest.ShellAsync($"curl -sf -o /dev/null {ours}");
            await new Contest("serve, whole file", settings)
                .Add("nginx", () => Contest.ShellAsync($"curl -sf -o /dev/null {theirs}"))
                .Add("ModelPlatform", () => Contest.ShellAsync($"curl -sf -o /dev/null {ours}"), isOwn: true)
                .RunAsync();
            await new Contest($"serve, 8 MiB ranges, {Connections} connections", settings)
                .Add("nginx", () => RangesAsync(theirs, settings.Bytes))
                .Add("ModelPlatform", () => RangesAsync(ours, settings.Bytes))
                .RunAsync();
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task<WebApplication> ServeAsync(ManifestArtifact artifact, IArtifactReader reader)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = builder.Build();
        server.MapGet("/file", async context =>
        {
            var range = context.Request.GetTypedHeaders().Range?.Ranges.Single();
            var (from, to) = (range?.From ?? 0, Math.Min(range?.To ?? long.MaxValue, artifact.Size - 1));
            context.Response.StatusCode = range is null ? 200 : 206;
            context.Response.ContentLength = to - from + 1;
            await reader.CopyToAsync(artifact, from, to - from + 1, context.Response.BodyWriter, context.RequestAborted);
        });
        await server.StartAsync();
        return server;
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
