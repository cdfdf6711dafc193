using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using ModelPlatform.Chunks;
using ModelPlatform.Chunks.FileSystem;
using ModelPlatform.Chunks.Housekeeping;
using ModelPlatform.Events;
using ModelPlatform.Fetching;
using ModelPlatform.Fetching.Transfer;
using ModelPlatform.Integrity;
using ModelPlatform.Manifests;
using ModelPlatform.Registry;
using ModelPlatform.Sources;
using ModelPlatform.Tests.Fetching;

namespace ModelPlatform.Tests.Chunks.Housekeeping;

/// <summary>RELIABILITY.md, F21, F29, F30, over chunk files on a disk and an origin that still has the bytes.</summary>
public sealed class HousekeepingTests : IDisposable
{
    private const int Chunk = FetchBench.ChunkSize;

    private readonly string directory = Directory.CreateTempSubdirectory("mp-keeping-").FullName;
    private readonly FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());
    private readonly ChunkStoreOptions options = new() { ChunkSize = Chunk };
    private readonly PublishedModels registry = new();
    private readonly NamedChunks jobs = new();
    private readonly FileSystemChunkStore store;

    public HousekeepingTests() => store = new FileSystemChunkStore(directory, ChunkCompression.None, TimeProvider.System, NullLogger<FileSystemChunkStore>.Instance);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        store.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task Collect_TakesOnlyWhatIsOldAndUnreferenced()
    {
        var named = await PutAsync(FetchBench.Content(Chunk, 1));
        var journaled = await PutAsync(FetchBench.Content(Chunk, 2));
        var garbage = await PutAsync(FetchBench.Content(Chunk, 3));
        registry.Add("model:v1", Artifact("a.onnx", FetchBench.Content(Chunk, 1)));
        jobs.Chunks.Add(journaled);

        Assert.Equal(new GarbageReport(false, 0, 0), await Collector().CollectAsync(false, Token));
        time.Advance(options.GracePeriod + TimeSpan.FromMinutes(1));
        var young = await PutAsync(FetchBench.Content(Chunk, 4), touchedAt: time.GetUtcNow());
        Assert.Equal(new GarbageReport(true, 1, Chunk), await Collector().CollectAsync(true, Token));
        Assert.NotNull(await ReadAsync(garbage));
        Assert.Equal(new GarbageReport(false, 1, Chunk), await Collector().CollectAsync(false, Token));

        Assert.Null(await ReadAsync(garbage));
        Assert.All(new[] { named, journaled, young }, async id => Assert.NotNull(await ReadAsync(id)));
    }

    [Fact]
    public async Task F29_ChunkIsReferencedAgainDuringACollection_IsNeverDeleted()
    {
        var content = FetchBench.Content(Chunk, 1);
        var id = await PutAsync(content);
        time.Advance(options.GracePeriod + TimeSpan.FromMinutes(1));

        // Between the mark and the sweep a fetch finds the chunk there, and believes it.
        jobs.AfterRead = async () => Assert.Equal(ChunkPut.AlreadyPresent, await store.PutAsync(id, content, Token));
        Assert.Equal(0, (await Collector().CollectAsync(false, Token)).DeletedChunks);
        Assert.Equal(content, await ReadAsync(id));
    }

    [Fact]
    public async Task F29_TwoCollectionsAtOnce_CountEachChunkOnce()
    {
        for (var i = 0; i < 50; i++)
        {
            await PutAsync(FetchBench.Content(100, i));
        }

        time.Advance(options.GracePeriod + TimeSpan.FromMinutes(1));
        var reports = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => Collector().CollectAsync(false, Token))));
        Assert.Equal(50, reports.Sum(report => report.DeletedChunks));
    }

    [Fact]
    public async Task F29_ReferencesLostLately_NothingIsCollected()
    {
        await PutAsync(FetchBench.Content(Chunk, 1));
        time.Advance(options.GracePeriod * 2);
        jobs.KnownSince = time.GetUtcNow() - TimeSpan.FromHours(1);
        Assert.Equal(0, (await Collector().CollectAsync(false, Token)).DeletedChunks);
        time.Advance(options.GracePeriod);
        Assert.Equal(1, (await Collector().CollectAsync(false, Token)).DeletedChunks);
    }

    [Fact]
    public async Task Collect_AManifestCannotBeRead_DeletesNothing()
    {
        var id = await PutAsync(FetchBench.Content(Chunk, 1));
        time.Advance(options.GracePeriod * 2);
        registry.IsUnreadable = true;
        await Assert.ThrowsAsync<PlatformException>(() => Collector().CollectAsync(false, Token));
        Assert.NotNull(await ReadAsync(id));
    }

    [Theory]
    [InlineData("flipped")]
    [InlineData("truncated")]
    [InlineData("lengthened")]
    [InlineData("deleted")]
    [InlineData("swapped")]
    public async Task F21_DamagedChunk_IsNamedAndHealedFromItsSource(string damage)
    {
        var content = FetchBench.Content((3 * Chunk) + 5, 1);
        await using var origin = await FaultyOrigin.StartAsync((request, answer) => answer.FileAsync(request, content));
        await using var bench = new FetchBench { Store = store }.Add("origin", new OriginSource(origin.Address, new OriginFile("a.onnx")));
        var file = (await bench.FetchAsync()).Value.Files[0];
        registry.Add("model:v1", ArtifactOf(file), "origin");
        var path = Path.Combine(directory, "chunks", file.Chunks[1].ToString()[..2], file.Chunks[1].ToString());
        switch (damage)
        {
            case "flipped":
                await using (var stream = File.OpenWrite(path))
                {
                    stream.Position = 77;
                    stream.WriteByte((byte)(content[Chunk + 77] ^ 1));
                }

                break;
            case "truncated" or "lengthened":
                await using (var stream = File.OpenWrite(path))
                {
                    stream.SetLength(damage == "truncated" ? Chunk - 1 : Chunk + 1);
                }

                break;
            case "deleted":
                File.Delete(path);
                break;
            default:
                File.Copy(Path.Combine(directory, "chunks", file.Chunks[2].ToString()[..2], file.Chunks[2].ToString()), path, overwrite: true);
                break;
        }

        var before = origin.BodyBytes;
        var report = await Scrubber(bench).VerifyAsync(Token);

        var bad = Assert.Single(report.Bad);
        Assert.Equal((file.Chunks[1], true), (bad.Chunk, bad.Healed));
        Assert.Contains("chunk 1 of 'a.onnx' in model:v1", bad.Reason, StringComparison.Ordinal);
        Assert.Equal(4, report.Checked);
        Assert.Equal(Chunk, origin.BodyBytes - before);
        Assert.Equal(content, await bench.ReadAsync(file));
        Assert.Equal(damage == "deleted" ? 0 : 1, await store.CountQuarantinedAsync(Token));
        Assert.Empty((await Scrubber(bench).VerifyAsync(Token)).Bad);
    }

    [Fact]
    public async Task F21_SourceChangedMeanwhile_IsNotHealedWithOtherBytes()
    {
        var content = FetchBench.Content(Chunk, 1);
        await using var origin = await FaultyOrigin.StartAsync((request, answer) => answer.FileAsync(request, FetchBench.Content(Chunk, 2)));
        await using var bench = new FetchBench { Store = store }.Add("origin", new OriginSource(origin.Address, new OriginFile("a.onnx")));
        registry.Add("model:v1", Artifact("a.onnx", content), "origin");

        var bad = Assert.Single((await Scrubber(bench).VerifyAsync(Token)).Bad);

        Assert.False(bad.Healed);
        Assert.Null(await ReadAsync(Sha256Digest.Of(content)));
    }

    [Fact]
    public async Task F30_SameContentTwice_IsOneChunkAndCountedAsShared()
    {
        var content = FetchBench.Content(Chunk, 1);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => PutAsync(content))));
        registry.Add("one:v1", Artifact("a.onnx", content));
        registry.Add("two:v1", Artifact("b.onnx", content));

        var usage = await new StorageStatistics(store, registry).ReadAsync(Token);

        Assert.Equal((1, Chunk, 2 * Chunk, 2.0, 0), (usage.ChunkCount, usage.StoredBytes, usage.LogicalBytes, usage.DedupeRatio, usage.Quarantined));
        Assert.Equal(0, usage.UniqueBytes["one:v1"]);
    }

    [Fact]
    public async Task Limit_EvictsOnlyWhatItsSourceVouchesFor_ElseRefuses()
    {
        var contents = Enumerable.Range(0, 3).Select(i => FetchBench.Content(Chunk, i)).ToArray();
        await using var origin = await FaultyOrigin.StartAsync((request, answer) => answer.FileAsync(request, contents[0]));
        await using var bench = new FetchBench { Store = store }.Add("origin", new OriginSource(origin.Address, new OriginFile("0.onnx") { Sha256 = FetchBench.Sha256(contents[0]) }));
        foreach (var content in contents)
        {
            await PutAsync(content);
        }

        registry.Add("vouched:v1", Artifact("0.onnx", contents[0]), "origin", new ModelCard { Origin = new FetchOrigin("origin", "reference", null, null) });
        registry.Add("unvouched:v1", Artifact("1.onnx", contents[1]), "origin", new ModelCard { Origin = new FetchOrigin("origin", "reference", null, null) });
        registry.Add("uploaded:v1", Artifact("2.onnx", contents[2]), null, new ModelCard { IsUploaded = true });
        options.MaxBytes = 3 * Chunk;
        using var limit = new StorageLimit(store, registry, References(), new SourceCalls(bench), Options.Create(options), new SilentEventRaiser(), TimeProvider.System, NullLogger<StorageLimit>.Instance);

        Assert.Null(await limit.MakeRoomAsync(0, Token));
        Assert.NotNull(await ReadAsync(Sha256Digest.Of(contents[0])));
        Assert.Null(await limit.MakeRoomAsync(Chunk, Token));
        Assert.Null(await ReadAsync(Sha256Digest.Of(contents[0])));
        Assert.Equal(ErrorCode.DiskFull, (await limit.MakeRoomAsync(2 * Chunk, Token))?.Code);
        Assert.NotNull(await ReadAsync(Sha256Digest.Of(contents[1])));
        Assert.NotNull(await ReadAsync(Sha256Digest.Of(contents[2])));
    }

    private GarbageCollector Collector() => new(store, References(), Options.Create(options), new SilentEventRaiser(), time, NullLogger<GarbageCollector>.Instance);

    private IChunkReferences[] References() => [new ManifestReferences(registry), jobs];

    private Scrubber Scrubber(FetchBench bench) => new(
        store, registry, new ChunkHealer(store, new SourceCalls(bench), TimeProvider.System, NullLogger<ChunkHealer>.Instance), Options.Create(options), new SilentEventRaiser(), TimeProvider.System);

    private async Task<Sha256Digest> PutAsync(byte[] content, DateTimeOffset? touchedAt = null)
    {
        var id = Sha256Digest.Of(content);
        await store.PutAsync(id, content, Token);
        await store.FlushAsync(Token);
        if (touchedAt is { } at)
        {
            File.SetLastWriteTimeUtc(Path.Combine(directory, "chunks", id.ToString()[..2], id.ToString()), at.UtcDateTime);
        }

        return id;
    }

    private async Task<byte[]?> ReadAsync(Sha256Digest id)
    {
        var buffer = new byte[Chunk];
        return await store.ReadAsync(id, buffer, Token) is { } length ? buffer[..length] : null;
    }

    private static ManifestArtifact Artifact(string path, byte[] content) => ArtifactOf(new FetchedFile(
        path, content.Length, Sha256Digest.Of(content), Chunk, [.. content.Chunk(Chunk).Select(chunk => Sha256Digest.Of(chunk))]));

    private static ManifestArtifact ArtifactOf(FetchedFile file) => new()
    {
        Path = file.Path,
        Size = file.Size,
        Sha256 = file.Sha256,
        Chunking = new ManifestChunking { ChunkSize = file.ChunkSize, ChunkCount = file.Chunks.Count, ChunkHashes = file.Chunks },
        MerkleRoot = MerkleTree.ComputeRoot(file.Chunks),
    };

    /// <summary>What running jobs refer to.</summary>
    private sealed class NamedChunks : IChunkReferences
    {
        public List<Sha256Digest> Chunks { get; } = [];

        public DateTimeOffset? KnownSince { get; set; }

        public Func<Task>? AfterRead { get; set; }

        public async IAsyncEnumerable<Sha256Digest> ReadAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            foreach (var chunk in Chunks)
            {
                yield return chunk;
            }

            await (AfterRead?.Invoke() ?? Task.CompletedTask);
        }

        public ValueTask<DateTimeOffset?> KnownSinceAsync(CancellationToken cancellationToken) => ValueTask.FromResult(KnownSince);
    }

    /// <summary>A registry's reading side: manifests in a list.</summary>
    private sealed class PublishedModels : IModelRegistry
    {
        private readonly List<ModelEntry> models = [];

        public bool IsUnreadable { get; set; }

        public void Add(string id, ManifestArtifact artifact, string? source = null, ModelCard? card = null)
        {
            var (name, version) = (id.Split(':')[0], id.Split(':')[1]);
            var manifest = new Manifest
            {
                Model = new ManifestModel { Id = id, Name = name, Version = version },
                Version = version,
                Artifacts = [artifact],
                Provenance = source is null ? null : new ManifestProvenance { Source = new ManifestSource(source, "reference", "1", "2026-01-01T00:00:00.000Z") },
            };
            models.Add(new ModelEntry(new ModelId(name, version), manifest, "1", card ?? new ModelCard()));
        }

        public async IAsyncEnumerable<Manifest> ReadAllManifestsAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Yield();
            foreach (var model in models)
            {
                yield return model.Manifest;
            }

            if (IsUnreadable)
            {
                throw new PlatformException(new PlatformError(ErrorCode.IntegrityFailed, "A manifest is half written."));
            }
        }

        public async IAsyncEnumerable<Sha256Digest> ReadAllChunksAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (var manifest in ReadAllManifestsAsync(cancellationToken))
            {
                foreach (var chunk in manifest.Artifacts.SelectMany(artifact => artifact.Chunking.ChunkHashes))
                {
                    yield return chunk;
                }
            }
        }

        public ValueTask<ModelEntry?> FindAsync(ModelReference reference, CancellationToken cancellationToken) =>
            ValueTask.FromResult(models.Find(model => model.Id == new ModelId(reference.Name, reference.Version!)));

        public ValueTask<CatalogPage> ListAsync(CatalogQuery query, CancellationToken cancellationToken) => ValueTask.FromResult(new CatalogPage(
            [.. models.Select(model => new CatalogRow { Id = model.Id.ToString(), Name = model.Id.Name, Version = model.Id.Version, MerkleRoot = string.Empty })], null));

        public Task<Result<ModelEntry>> PublishAsync(ModelId id, FetchedModel model, ModelCard card, Func<CancellationToken, ValueTask> fence, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<ModelId?> FindCaseClashAsync(ModelId id, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<Result<ModelEntry>> UpdateCardAsync(ModelId id, Func<ModelCard, ModelCard> change, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<Result<ModelId>> DeleteAsync(ModelId id, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
