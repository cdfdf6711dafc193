using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using ModelPlatform.Client.Connection;
using ModelPlatform.Client.Loading;

namespace ModelPlatform.Dashboard.Tests.Client;

public sealed class ModelPullerTests : IDisposable
{
    private const int ChunkSize = 64 * 1024;
    private readonly string folder = Directory.CreateTempSubdirectory("pull-").FullName;
    private readonly byte[] file = RandomNumberGenerator.GetBytes((ChunkSize * 4) + 1_000);
    private long sent;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task PullAsync_WholeModel_IsThereByteForByte()
    {
        await using var api = await StartAsync(Manifest());

        var pulled = await new ModelPuller(api.Client()).PullAsync("m", folder, cancellationToken: Cancellation);

        Assert.Null(pulled.Problem);
        Assert.Equal(file, await File.ReadAllBytesAsync(Path.Combine(folder, "onnx", "a.onnx"), Cancellation));
        Assert.Empty(Directory.GetFiles(folder, "*.part", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task PullAsync_OneByteFlippedOnce_AsksForThatChunkAgain()
    {
        var flips = 1;
        await using var api = await StartAsync(Manifest(), offset => offset == ChunkSize * 2 && Interlocked.Decrement(ref flips) >= 0);

        var pulled = await new ModelPuller(api.Client()).PullAsync("m", folder, cancellationToken: Cancellation);

        Assert.Null(pulled.Problem);
        Assert.Equal(file, await File.ReadAllBytesAsync(Path.Combine(folder, "onnx", "a.onnx"), Cancellation));
    }

    [Fact]
    public async Task PullAsync_OneByteAlwaysFlipped_FailsNamingTheChunkAndLeavesNoFile()
    {
        await using var api = await StartAsync(Manifest(), offset => offset == ChunkSize * 2);

        var pulled = await new ModelPuller(api.Client()).PullAsync("m", folder, cancellationToken: Cancellation);

        Assert.Equal(ProblemCode.IntegrityFailed, pulled.Problem?.Code);
        Assert.Contains("chunk 2", pulled.Problem!.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(folder, "onnx", "a.onnx")));
    }

    [Fact]
    public async Task PullAsync_AfterAnInterruption_AsksOnlyForWhatIsMissing()
    {
        await using (var broken = await StartAsync(Manifest(), offset => offset == ChunkSize * 3))
        {
            await new ModelPuller(broken.Client()).PullAsync("m", folder, cancellationToken: Cancellation);
        }

        sent = 0;
        await using var api = await StartAsync(Manifest());
        var pulled = await new ModelPuller(api.Client()).PullAsync("m", folder, cancellationToken: Cancellation);

        Assert.Equal(ChunkSize * 3, pulled.Value.BytesReused);
        Assert.Equal(file.Length - (ChunkSize * 3), sent);
    }

    [Fact]
    public async Task PullAsync_AgainOverAFileThatRotted_Repairs()
    {
        await using var api = await StartAsync(Manifest());
        await new ModelPuller(api.Client()).PullAsync("m", folder, cancellationToken: Cancellation);
        var path = Path.Combine(folder, "onnx", "a.onnx");
        var rotten = (byte[])file.Clone();
        rotten[ChunkSize] ^= 1;
        await File.WriteAllBytesAsync(path, rotten, Cancellation);

        Assert.True((await new ModelPuller(api.Client()).PullAsync("m", folder, cancellationToken: Cancellation)).IsSuccess);

        Assert.Equal(file, await File.ReadAllBytesAsync(path, Cancellation));
    }

    [Theory]
    [InlineData("../outside.onnx")]
    [InlineData("/etc/outside")]
    [InlineData("a/../../outside")]
    [InlineData("a\\b")]
    [InlineData("C:x")]
    public async Task PullAsync_HostilePath_IsRefused(string path)
    {
        await using var api = await StartAsync(Manifest(path));

        Assert.Equal(ProblemCode.IntegrityFailed, (await new ModelPuller(api.Client()).PullAsync("m", folder, cancellationToken: Cancellation)).Problem?.Code);
        Assert.Empty(Directory.GetFileSystemEntries(folder));
    }

    [Theory]
    [InlineData("chunkCount")]
    [InlineData("merkleRoot")]
    [InlineData("manifestHash")]
    public async Task PullAsync_ManifestThatContradictsItself_IsRefused(string what)
    {
        var manifest = Manifest();
        var artifact = manifest["artifacts"]![0]!;
        switch (what)
        {
            case "chunkCount":
                artifact["chunking"]!["chunkCount"] = 4;
                break;
            case "merkleRoot":
                artifact["merkleRoot"] = new string('0', 64);
                break;
            default:
                manifest["integrity"] = new JsonObject { ["manifestHash"] = new string('0', 64) };
                break;
        }

        await using var api = await StartAsync(manifest);

        Assert.Equal(ProblemCode.IntegrityFailed, (await new ModelPuller(api.Client()).PullAsync("m", folder, cancellationToken: Cancellation)).Problem?.Code);
    }

    private JsonObject Manifest(string path = "onnx/a.onnx") => new()
    {
        ["schemaVersion"] = "2.0.0",
        ["model"] = new JsonObject { ["id"] = "m:v1", ["name"] = "m", ["version"] = "v1" },
        ["version"] = "v1",
        ["artifacts"] = new JsonArray(new JsonObject
        {
            ["path"] = path,
            ["size"] = file.Length,
            ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(file)),
            ["chunking"] = new JsonObject
            {
                ["chunkSize"] = ChunkSize,
                ["chunkCount"] = 5,
                ["chunkHashes"] = new JsonArray([.. file.Chunk(ChunkSize).Select(chunk => (JsonNode)Convert.ToHexStringLower(SHA256.HashData(chunk)))]),
            },
        }),
    };

    private Task<RecordedApi> StartAsync(JsonObject manifest, Func<int, bool>? flips = null) => RecordedApi.StartAsync(async context =>
    {
        if (context.Request.Path.StartsWithSegments("/v2/manifests"))
        {
            await context.Response.WriteAsync(manifest.ToJsonString());
            return;
        }

        var range = RangeHeaderValue.Parse(context.Request.Headers.Range.ToString()).Ranges.First();
        var (first, last) = ((int)range.From!, (int)range.To!);
        context.Response.StatusCode = 206;
        context.Response.ContentLength = last - first + 1;
        context.Response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {first}-{last}/{file.Length}");
        for (var offset = first; offset <= last; offset += ChunkSize)
        {
            var chunk = file[offset..Math.Min(offset + ChunkSize, last + 1)];
            if (flips?.Invoke(offset) == true)
            {
                chunk[7] ^= 0x40;
            }

            await context.Response.Body.WriteAsync(chunk);
            Interlocked.Add(ref sent, chunk.Length);
        }
    });
}
