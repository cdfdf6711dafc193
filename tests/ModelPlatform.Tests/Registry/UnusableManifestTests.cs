using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using ModelPlatform.Chunks;
using ModelPlatform.Chunks.Housekeeping;
using ModelPlatform.Chunks.Memory;
using ModelPlatform.Events;
using ModelPlatform.Integrity;
using ModelPlatform.Manifests;
using ModelPlatform.Manifests.Memory;
using ModelPlatform.Registry;
using ModelPlatform.Sources;
using ModelPlatform.Tests.Stores;

namespace ModelPlatform.Tests.Registry;

/// <summary>F32: one manifest that cannot be used is its own matter. It is named, its chunks are spared, and all else goes on.</summary>
public sealed class UnusableManifestTests(GarnetFixture fixture) : IClassFixture<GarnetFixture>, IAsyncLifetime
{
    private readonly MemoryRecordStore records = new(TimeProvider.System);
    private readonly MemoryChunkStore chunks = new(TimeProvider.System);
    private readonly FakeTimeProvider later = new(TimeProvider.System.GetUtcNow() + TimeSpan.FromDays(7));
    private RegistryHost host = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var garnet = await fixture.StartAsync();
        await garnet.EmptyAsync();
        host = await RegistryHost.StartAsync(garnet, records, chunks);
    }

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Theory]
    [InlineData("half written")]
    [InlineData("empty")]
    [InlineData("noise")]
    [InlineData("a chunk's hash changed")]
    [InlineData("newer")]
    [InlineData("of another model")]
    [InlineData("key twice")]
    public async Task Manifest_CannotBeUsed_ItsChunksAreSparedAndGarbageGoes(string damage)
    {
        var bad = await host.PublishAsync("bad:v1", 1);
        var good = await host.PublishAsync("good:v1", 2);
        var garbage = Sha256Digest.Of("garbage"u8);
        await chunks.PutAsync(garbage, "garbage"u8.ToArray(), Cancel);
        await DamageAsync(bad.Id, damage);

        var collected = await Collector().CollectAsync(false, Cancel);

        Assert.Equal((1, 7L), (collected.DeletedChunks, collected.FreedBytes));
        Assert.Null(await chunks.ReadAsync(garbage, Memory<byte>.Empty, Cancel));
        foreach (var chunk in bad.Manifest.Artifacts.Concat(good.Manifest.Artifacts).SelectMany(artifact => artifact.Chunking.ChunkHashes))
        {
            Assert.NotNull(await chunks.ReadAsync(chunk, Memory<byte>.Empty, Cancel));
        }

        Assert.Equal(["good:v1"], await NamesAsync());
        var rebuilt = await host.Get<IRegistryIndex>().RebuildAsync(Cancel);
        Assert.Equal(1, rebuilt.Models);
        Assert.Contains("bad:v1", Assert.Single(rebuilt.Problems), StringComparison.Ordinal);
        await Assert.ThrowsAsync<PlatformException>(() => host.FindAsync("bad:v1"));
        Assert.NotNull(await host.FindAsync("good"));
    }

    [Fact]
    public async Task Manifest_AndTheListOfItsChunksAreLost_NothingIsCollectedUntilItIsDeleted()
    {
        var bad = await host.PublishAsync("bad:v1", 1);
        await DamageAsync(bad.Id, "half written");
        await foreach (var path in records.ListAsync(RegistryPaths.Version(bad.Id), Cancel))
        {
            if (RegistryPaths.IsChunks(path))
            {
                await records.WriteAsync(path, "[\"half"u8.ToArray(), RecordCondition.None, Cancel);
            }
        }

        var refused = await Assert.ThrowsAsync<PlatformException>(() => Collector().CollectAsync(false, Cancel));
        Assert.Contains("bad:v1", refused.Error.Message, StringComparison.Ordinal);

        Assert.True((await host.Registry.DeleteAsync(bad.Id, Cancel)).IsSuccess);
        Assert.True((await Collector().CollectAsync(false, Cancel)).DeletedChunks > 0);
        await foreach (var path in records.ListAsync(RegistryPaths.Version(bad.Id), Cancel))
        {
            Assert.Fail($"{path} is left of a deleted model.");
        }
    }

    private GarbageCollector Collector() => new(
        chunks, [new ManifestReferences(host.Registry)], Options.Create(new ChunkStoreOptions()), new SilentEventRaiser(), later, NullLogger<GarbageCollector>.Instance);

    private async Task<List<string>> NamesAsync()
    {
        var names = new List<string>();
        await foreach (var manifest in host.Registry.ReadAllManifestsAsync(Cancel))
        {
            names.Add(manifest.Model.Id);
        }

        return names;
    }

    private async Task DamageAsync(ModelId id, string damage)
    {
        var path = RegistryPaths.Manifest(id);
        var content = (await records.ReadAsync(path, Cancel))!.Content.ToArray();
        var json = JsonNode.Parse(content)!;
        switch (damage)
        {
            case "a chunk's hash changed": json["artifacts"]![1]!["chunking"]!["chunkHashes"]![0] = Sha256Digest.Of("x"u8).ToString(); break;
            case "newer": json["schemaVersion"] = "9.0.0"; break;
            case "of another model": (json["model"]!["id"], json["model"]!["name"]) = ("good:v1", "good"); break;
        }

        byte[] damaged = damage switch
        {
            "half written" => content[..(content.Length / 3)],
            "empty" => [],
            "noise" => [.. content.Select((_, i) => (byte)(i * 7))],
            "key twice" => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(content).Insert(1, "\"version\":\"v1\",")),
            _ => JsonSerializer.SerializeToUtf8Bytes(json),
        };
        await records.WriteAsync(path, damaged, RecordCondition.None, Cancel);
    }
}
