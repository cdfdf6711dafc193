using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using ModelPlatform.Plugins.Tests.Outbound;

namespace ModelPlatform.Plugins.Tests.Peer;

/// <summary>Another ModelPlatform, as far as the registry's wire contract goes, with one model in it.</summary>
internal sealed class FakeSite : IAsyncDisposable
{
    private const int ChunkSize = 64 * 1024;
    private readonly ServiceProvider services = new ServiceCollection().AddLogging().BuildServiceProvider();
    private readonly Dictionary<string, byte[]> chunks = [];
    private TestOrigin origin = null!;

    public string Url => origin.Uri.AbsoluteUri;

    public string Model { get; private init; } = "";

    public Dictionary<string, byte[]> Files { get; private init; } = [];

    public ConcurrentQueue<string> Requests { get; } = [];

    /// <summary>Wanted of callers; null lets anybody in.</summary>
    public string? Token { get; set; }

    /// <summary>Whether the model is known under its name; its chunks always are.</summary>
    public bool KnowsTheModel { get; set; } = true;

    /// <summary>Answers everything with this instead, where it is set.</summary>
    public int? Failure { get; set; }

    /// <summary>Changes the manifest before it is sent.</summary>
    public Action<JsonObject> Edit { get; set; } = _ => { };

    public static async Task<FakeSite> StartAsync(string model, Dictionary<string, byte[]> files)
    {
        var site = new FakeSite { Model = model, Files = files };
        foreach (var chunk in files.Values.SelectMany(bytes => bytes.Chunk(ChunkSize)))
        {
            site.chunks[Hash(chunk)] = chunk;
        }

        site.origin = await TestOrigin.StartAsync(site.AnswerAsync);
        return site;
    }

    public async ValueTask DisposeAsync()
    {
        await origin.DisposeAsync();
        await services.DisposeAsync();
    }

    public JsonObject Manifest()
    {
        var artifacts = new JsonArray();
        foreach (var (path, bytes) in Files)
        {
            string[] hashes = [.. bytes.Chunk(ChunkSize).Select(Hash)];
            artifacts.Add(new JsonObject
            {
                ["path"] = path, ["size"] = bytes.Length, ["sha256"] = Hash(bytes), ["quantization"] = "q4", ["merkleRoot"] = Root(hashes),
                ["chunking"] = new JsonObject { ["chunkSize"] = ChunkSize, ["chunkCount"] = hashes.Length, ["chunkHashes"] = new JsonArray([.. hashes.Select(hash => JsonValue.Create(hash))]) },
            });
        }

        return new JsonObject
        {
            ["schemaVersion"] = "2.0.0", ["model"] = new JsonObject { ["id"] = $"{Model}:v1", ["name"] = Model, ["version"] = "v1", ["capabilities"] = new JsonArray("embed") },
            ["version"] = "v1", ["artifacts"] = artifacts, ["integrity"] = new JsonObject { ["manifestHash"] = new string('a', 64) },
        };
    }

    private Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        Requests.Enqueue(path);
        context.RequestServices = services;
        if (Failure is { } status)
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        }

        if (path == "/alive")
        {
            return context.Response.WriteAsync("ok");
        }

        if (Token is not null && context.Request.Headers.Authorization != $"Bearer {Token}")
        {
            context.Response.StatusCode = 401;
            return Task.CompletedTask;
        }

        if (KnowsTheModel && (path == $"/v2/manifests/{Model}:v1" || path == $"/v2/manifests/{Model}"))
        {
            var manifest = Manifest();
            Edit(manifest);
            return context.Response.WriteAsync(manifest.ToJsonString());
        }

        var artifacts = $"/v2/models/{Model}:v1/artifacts/";
        return KnowsTheModel && path.StartsWith(artifacts, StringComparison.Ordinal) && Files.TryGetValue(path[artifacts.Length..], out var file) ? FileAnswer.SendAsync(context, file)
            : path.StartsWith("/v2/chunks/", StringComparison.Ordinal) && chunks.TryGetValue(path["/v2/chunks/".Length..], out var chunk) ? FileAnswer.SendAsync(context, chunk)
            : FileAnswer.NotFound(context);
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static string Root(string[] hashes)
    {
        var level = hashes.Select(Convert.FromHexString).ToArray();
        while (level.Length > 1)
        {
            level = [.. level.Chunk(2).Select(pair => SHA256.HashData([.. pair[0], .. pair.Length == 2 ? pair[1] : pair[0]]))];
        }

        return level.Length == 0 ? "" : Convert.ToHexStringLower(level[0]);
    }
}
