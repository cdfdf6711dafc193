using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;
using ModelPlatform.Client;
using ModelPlatform.Client.Loading;
using ModelPlatform.Integrity;

namespace ModelPlatform.Dashboard.Tests.Loading;

/// <summary>A registry on a real web server that sends exactly the bytes, and breaks at exactly the byte, that a test says.</summary>
internal sealed class FaultyRegistry : IAsyncDisposable
{
    public const int ChunkSize = 64 * 1024;

    private readonly WebApplication app;
    private readonly ConcurrentDictionary<string, byte[]> files = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, JsonObject> manifests = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> requests = new();
    private long sent;

    private FaultyRegistry()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        app = builder.Build();
        app.Run(AnswerAsync);
    }

    public Uri Address { get; private set; } = null!;

    /// <summary>Body bytes of files and chunks sent so far, by all.</summary>
    public long Sent => Interlocked.Read(ref sent);

    public IReadOnlyCollection<string> Requests => requests;

    public bool KnowsRanges { get; set; } = true;

    /// <summary>Told path and offset of each chunk about to be sent: true sends it with one bit wrong.</summary>
    public Func<string, long, bool> Flips { get; set; } = (_, _) => false;

    /// <summary>Most bytes of one answer before its connection is cut.</summary>
    public long CutsAfter { get; set; } = long.MaxValue;

    /// <summary>Answers with this status in place of a path's bytes.</summary>
    public Func<string, int> Refuses { get; set; } = _ => 0;

    /// <summary>Awaited before each chunk is sent.</summary>
    public Func<long, Task> Pause { get; set; } = _ => Task.CompletedTask;

    public Func<JsonObject, JsonObject> Proof { get; set; } = proof => proof;

    public JsonArray Catalog { get; set; } = new();

    public static async Task<FaultyRegistry> StartAsync()
    {
        var registry = new FaultyRegistry();
        await registry.app.StartAsync();
        registry.Address = new Uri(registry.app.Urls.First());
        return registry;
    }

    /// <summary>Publishes a model; the manifest may still be changed.</summary>
    public JsonObject Publish(string id, params (string Path, byte[] Content)[] artifacts)
    {
        var (name, version) = (id.Split(':')[0], id.Split(':')[1]);
        foreach (var (path, content) in artifacts)
        {
            files[path] = content;
        }

        var manifest = new JsonObject
        {
            ["schemaVersion"] = "2.0.0",
            ["model"] = new JsonObject { ["id"] = id, ["name"] = name, ["version"] = version, ["memoryRequirement"] = 1024 },
            ["version"] = version,
            ["artifacts"] = new JsonArray([.. artifacts.Select(artifact => Describe(artifact.Path, artifact.Content))]),
        };
        manifests[id] = manifests[name] = manifest;
        return manifest;
    }

    public ModelPlatformClient Client() => new(new HttpClient { BaseAddress = Address });

    public ModelLoader Loader(string cache, Action<ModelLoaderOptions>? configure = null)
    {
        var options = new ModelLoaderOptions { CacheDirectory = cache, Connections = 2, OnError = _ => { }, NoProgressTimeout = TimeSpan.FromSeconds(20) };
        configure?.Invoke(options);
        return new ModelLoader(Client(), options);
    }

    public static byte[] Bytes(int length) => RandomNumberGenerator.GetBytes(length);

    public async ValueTask DisposeAsync()
    {
        using var impatient = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await app.StopAsync(impatient.Token);
        await app.DisposeAsync();
    }

    private static JsonObject Describe(string path, byte[] content)
    {
        var hashes = content.Chunk(ChunkSize).Select(chunk => Sha256Digest.Of(chunk)).ToArray();
        return new JsonObject
        {
            ["path"] = path, ["size"] = content.Length, ["sha256"] = Sha256Digest.Of(content).ToString(), ["merkleRoot"] = MerkleTree.ComputeRoot(hashes).ToString(),
            ["chunking"] = new JsonObject { ["chunkSize"] = ChunkSize, ["chunkCount"] = hashes.Length, ["chunkHashes"] = new JsonArray([.. hashes.Select(hash => (JsonNode)hash.ToString())]) },
        };
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var parts = context.Request.Path.Value!.Trim('/').Split('/');
        requests.Enqueue(context.Request.Path.Value!);
        var task = parts switch
        {
            ["v2", "manifests", var id] when manifests.TryGetValue(Uri.UnescapeDataString(id), out var manifest) => context.Response.WriteAsync(manifest.ToJsonString()),
            ["v2", "catalog"] => WriteAsync(context, new JsonObject { ["models"] = new JsonArray([.. Catalog.Where(row => (string?)row!["tier"] == context.Request.Query["tier"]).Select(row => row!.DeepClone())]) }),
            ["v2", "chunks", var hash] when files.Values.SelectMany(file => file.Chunk(ChunkSize)).FirstOrDefault(chunk => Sha256Digest.Of(chunk).ToString() == hash) is { } chunk => SendAsync(context, "chunk", chunk),
            ["v2", "models", _, "proof", var index] => WriteAsync(context, Proof(ProofOf(context.Request.Query["artifact"]!, int.Parse(index, CultureInfo.InvariantCulture)))),
            ["v2", "models", _, "artifacts", .. var path] when files.TryGetValue(string.Join('/', path), out var file) => SendAsync(context, "registry", file),
            ["mirror", .. var path] when files.TryGetValue(string.Join('/', path), out var file) => SendAsync(context, "mirror", file),
            _ => WriteAsync(context, new JsonObject { ["error"] = "not here", ["code"] = "NOT_FOUND", ["retryable"] = false }, 404),
        };
        await task;
    }

    private JsonObject ProofOf(string artifact, int index) => JsonSerializer.SerializeToNode(
        MerkleProof.Create([.. files[artifact].Chunk(ChunkSize).Select(chunk => Sha256Digest.Of(chunk))], index), JsonSerializerOptions.Web)!.AsObject();

    private static Task WriteAsync(HttpContext context, JsonObject body, int status = 200)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = status < 400 ? "application/json" : "application/problem+json";
        return context.Response.WriteAsync(body.ToJsonString());
    }

    private async Task SendAsync(HttpContext context, string place, byte[] content)
    {
        if (Refuses(place) is > 0 and var status)
        {
            await WriteAsync(context, new JsonObject { ["error"] = "refused", ["code"] = "NOT_FOUND", ["retryable"] = status >= 500 }, status);
            return;
        }

        var (first, last) = (0L, content.Length - 1L);
        if (KnowsRanges && RangeHeaderValue.TryParse(context.Request.Headers.Range.ToString(), out var range))
        {
            (first, last) = (range.Ranges.First().From!.Value, Math.Min(range.Ranges.First().To ?? last, last));
            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {first}-{last}/{content.Length}");
        }

        context.Response.ContentLength = last - first + 1;
        for (var offset = first; offset <= last;)
        {
            await Pause(offset);
            var end = Math.Min(Math.Min(((offset / ChunkSize) + 1) * ChunkSize, last + 1), CutsAfter == long.MaxValue ? long.MaxValue : first + CutsAfter);
            var part = content[(int)offset..(int)end];
            if (offset % ChunkSize == 0 && Flips(place, offset))
            {
                part[part.Length / 2] ^= 0x40;
            }

            Interlocked.Add(ref sent, part.Length);
            await context.Response.Body.WriteAsync(part, context.RequestAborted);
            offset = end;
            if (offset <= last && offset - first >= CutsAfter)
            {
                // Fewer bytes than announced: the server ends the connection.
                return;
            }
        }
    }
}
