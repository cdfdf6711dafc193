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
using ModelPlatform.Serving;
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
    private readonly NotedUses uses = new();
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

        // At the first call already: what will go, and when.
        var first = await Collector().CollectAsync(true, Token);
        Assert.Equal((0, 0, 1, Chunk), (first.DeletedChunks, first.FreedBytes, first.PendingChunks, first.PendingBytes));
        Assert.InRange(first.PendingUntil!.Value, time.GetUtcNow() + options.GracePeriod - TimeSpan.FromMinutes(5), time.GetUtcNow() + options.GracePeriod + TimeSpan.FromMinutes(5));
        Assert.Equal((0, 1), ((await Collector().CollectAsync(false, Token)) is var none ? none.DeletedChunks : -1, none.PendingChunks));
        time.Advance(options.GracePeriod + TimeSpan.FromMinutes(1));
        var young = await PutAsync(FetchBench.Content(Chunk, 4), touchedAt: time.GetUtcNow());
        var dry = await Collector().CollectAsync(true, Token);
        Assert.Equal((true, 1, Chunk, 1), (dry.DryRun, dry.DeletedChunks, dry.FreedBytes, dry.PendingChunks));
        Assert.NotNull(await ReadAsync(garbage));
        var collected = await Collector().CollectAsync(false, Token);
        Assert.Equal((false, 1, Chunk, 1), (collected.DryRun, collected.DeletedChunks, collected.FreedBytes, collected.PendingChunks));

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

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task F29_CollectorEndsAtAnyStep_TheNextFinishesAndTheLivingStay(bool afterEffect)
    {
        for (var n = 1; ; n++)
        {
            var live = await PutAsync(FetchBench.Content(200, 1000));
            jobs.Chunks.Add(live);
            for (var i = 0; i < 5; i++)
            {
                await PutAsync(FetchBench.Content(100, i));
            }

            var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow() + options.GracePeriod + TimeSpan.FromMinutes(1));
            var faulty = new FaultyChunkStore(store, n, afterEffect);
            try
            {
                await new GarbageCollector(faulty, References(), Options.Create(options), new SilentEventRaiser(), clock, NullLogger<GarbageCollector>.Instance).CollectAsync(false, Token);
            }
            catch (PlatformException)
            {
                Assert.True(faulty.HasFailed);
            }

            await new GarbageCollector(store, References(), Options.Create(options), new SilentEventRaiser(), clock, NullLogger<GarbageCollector>.Instance).CollectAsync(false, Token);
            Assert.Equal(live, Assert.Single(await store.ListAsync(Token).Select(chunk => chunk.Id).ToListAsync(Token)));
            if (!faulty.HasFailed)
            {
                Assert.InRange(n, 5, 10);
                return;
            }
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task F29_ClockMovedByADay_TheLivingStay(int days)
    {
        var live = await PutAsync(FetchBench.Content(Chunk, 1));
        jobs.Chunks.Add(live);
        var young = await PutAsync(FetchBench.Content(Chunk, 2));
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow() + TimeSpan.FromDays(days));

        // A clock that is a day ahead takes the unreferenced for old. Whoever refers to it meanwhile touches it, and it stays.
        jobs.AfterRead = async () => Assert.Equal(ChunkPut.AlreadyPresent, await store.PutAsync(young, FetchBench.Content(Chunk, 2), Token));
        await new GarbageCollector(store, References(), Options.Create(options), new SilentEventRaiser(), clock, NullLogger<GarbageCollector>.Instance).CollectAsync(false, Token);

        Assert.NotNull(await ReadAsync(live));
        Assert.NotNull(await ReadAsync(young));
    }

    [Fact]
    public async Task F29_ReferencesLostLately_NothingIsCollected()
    {
        await PutAsync(FetchBench.Content(Chunk, 1));
        time.Advance(options.GracePeriod * 2);
        jobs.KnownSince = time.GetUtcNow() - TimeSpan.FromHours(1);
        var early = await Collector().CollectAsync(false, Token);
        Assert.Equal((0, 1, jobs.KnownSince + options.GracePeriod), (early.DeletedChunks, early.PendingChunks, early.PendingUntil));
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
    public async Task Limit_EvictsTheLeastRecentlyUsedThatItsSourceVouchesFor_ElseRefuses()
    {
        var contents = Enumerable.Range(0, 6).Select(i => FetchBench.Content(Chunk, i)).ToArray();
        await using var origin = await FaultyOrigin.StartAsync((request, answer) => answer.FileAsync(request, contents[request.Path[1] - '0']));
        await using var bench = new FetchBench { Store = store }.Add("origin", new OriginSource(
            origin.Address, [.. Enumerable.Range(0, 6).Where(i => i != 2).Select(i => new OriginFile($"{i}.onnx") { Sha256 = FetchBench.Sha256(contents[i]) })]));
        for (var i = 0; i < 6; i++)
        {
            await PutAsync(contents[i]);
        }

        ModelCard Card(int day) => new() { Origin = new FetchOrigin("origin", "reference", null, null), PublishedAt = time.GetUtcNow() - TimeSpan.FromDays(day) };
        registry.Add("oldest-but-used:v1", Artifact("0.onnx", contents[0]), "origin", Card(9));
        registry.Add("younger:v1", Artifact("1.onnx", contents[1]), "origin", Card(3));
        registry.Add("unvouched:v1", Artifact("2.onnx", contents[2]), "origin", Card(10));
        registry.Add("uploaded:v1", Artifact("3.onnx", contents[3]), null, new ModelCard { IsUploaded = true });
        registry.Add("pinned:v1", Artifact("4.onnx", contents[4]), "origin", Card(10) with { IsPinned = true });
        registry.Add("read-now:v1", Artifact("5.onnx", contents[5]), "origin", Card(10));
        uses.Times[Sha256Digest.Of(contents[0])] = time.GetUtcNow() - TimeSpan.FromDays(1);
        uses.Times[Sha256Digest.Of(contents[5])] = time.GetUtcNow();
        options.MaxBytes = 6 * Chunk;
        using var limit = new StorageLimit(store, registry, References(), Collector(), uses, new SourceCalls(bench), Options.Create(options), new SilentEventRaiser(), time, NullLogger<StorageLimit>.Instance);
        var none = new Dictionary<Sha256Digest, int>();

        // What is stored already needs no room.
        Assert.Null(await limit.MakeRoomAsync(Chunk, new Dictionary<Sha256Digest, int> { [Sha256Digest.Of(contents[3])] = Chunk }, Token));
        Assert.Empty(registry.Evicted);
        Assert.Null(await limit.MakeRoomAsync(Chunk, none, Token));
        Assert.Equal(["younger:v1"], registry.Evicted);
        Assert.Null(await ReadAsync(Sha256Digest.Of(contents[1])));
        Assert.Null(await limit.MakeRoomAsync(2 * Chunk, none, Token));
        Assert.Equal(["younger:v1", "oldest-but-used:v1"], registry.Evicted);
        Assert.Equal(ErrorCode.DiskFull, (await limit.MakeRoomAsync(3 * Chunk, none, Token))?.Code);
        Assert.All(new[] { 2, 3, 4, 5 }, async i => Assert.NotNull(await ReadAsync(Sha256Digest.Of(contents[i]))));

        // An evicted model lacks nothing that a verification would bring back.
        Assert.Empty((await Scrubber(bench).VerifyAsync(Token)).Bad);
    }

    [Fact]
    public async Task Limit_GarbageGoesBeforeModels()
    {
        var (model, garbage) = (FetchBench.Content(Chunk, 1), FetchBench.Content(Chunk, 2));
        await PutAsync(model);
        await PutAsync(garbage);
        registry.Add("model:v1", Artifact("a.onnx", model), "origin", new ModelCard { Origin = new FetchOrigin("origin", "reference", null, null) });
        time.Advance(options.GracePeriod + TimeSpan.FromMinutes(1));
        options.MaxBytes = 2 * Chunk;
        using var limit = new StorageLimit(
            store, registry, References(), Collector(), uses, new SourceCalls(new FetchBench()), Options.Create(options), new SilentEventRaiser(), time, NullLogger<StorageLimit>.Instance);

        Assert.Null(await limit.MakeRoomAsync(Chunk, new Dictionary<Sha256Digest, int>(), Token));

        Assert.Null(await ReadAsync(Sha256Digest.Of(garbage)));
        Assert.NotNull(await ReadAsync(Sha256Digest.Of(model)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task F21_DamagedChunkIsServed_HealsFromAnotherSourceWithTheFile_OrIsNamed(bool anotherHasIt)
    {
        var content = FetchBench.Content((2 * Chunk) + 5, 1);
        await using var dead = await FaultyOrigin.StartAsync((request, answer) =>
            request.Method == "HEAD" ? answer.FileAsync(request, content) : answer.HeadAsync("500 Error", "Content-Length: 0"));
        await using var origin = await FaultyOrigin.StartAsync((request, answer) => answer.FileAsync(request, content));
        await using var bench = new FetchBench { Store = store }
            .Add("dead", new OriginSource(dead.Address, new OriginFile("a.onnx")))
            .Add("origin", new OriginSource(origin.Address, new OriginFile("a.onnx")));
        foreach (var chunk in content.Chunk(Chunk))
        {
            await PutAsync(chunk);
        }

        var artifact = Artifact("a.onnx", content);
        registry.Add("model:v1", artifact, "dead");
        if (anotherHasIt)
        {
            registry.Add("copy:v1", artifact, "origin");
        }

        var bad = artifact.Chunking.ChunkHashes[1];
        await File.WriteAllBytesAsync(Path.Combine(directory, "chunks", bad.ToString()[..2], bad.ToString()), new byte[Chunk], Token);
        var healing = new ChunkHealing(registry, new ChunkHealer(store, new SourceCalls(bench), TimeProvider.System, NullLogger<ChunkHealer>.Instance), TimeProvider.System);
        var reader = new ArtifactReader(new VerifiedChunks(store, new ServingOptions(), NullLogger<VerifiedChunks>.Instance, healing));
        await using var stream = reader.OpenRead(artifact);
        using var served = new MemoryStream();

        if (anotherHasIt)
        {
            await stream.CopyToAsync(served, Token);
            Assert.Equal(content, served.ToArray());
            Assert.Equal(FetchBench.Content((2 * Chunk) + 5, 1)[Chunk..(2 * Chunk)], await ReadAsync(bad));
        }
        else
        {
            var failure = await Assert.ThrowsAsync<PlatformException>(() => stream.CopyToAsync(served, Token));
            Assert.Equal(ErrorCode.IntegrityFailed, failure.Error.Code);
            Assert.Contains(bad.ToString(), failure.Error.Message, StringComparison.Ordinal);
            Assert.Contains("could not be fetched again", failure.Error.Message, StringComparison.Ordinal);
            Assert.Equal(content[..Chunk], served.ToArray());
        }

        Assert.Equal(1, await store.CountQuarantinedAsync(Token));
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

    private sealed class NotedUses : IArtifactUse
    {
        public Dictionary<Sha256Digest, DateTimeOffset> Times { get; } = [];

        public IDisposable Begin(Sha256Digest artifact) => throw new NotSupportedException();

        public ValueTask<DateTimeOffset?> LastUsedAsync(IReadOnlyCollection<Sha256Digest> artifacts, CancellationToken cancellationToken) =>
            ValueTask.FromResult(artifacts.Max(artifact => Times.TryGetValue(artifact, out var at) ? at : (DateTimeOffset?)null));
    }

    /// <summary>A registry's reading side: manifests in a list.</summary>
    private sealed class PublishedModels : IModelRegistry
    {
        private readonly List<ModelEntry> models = [];

        public bool IsUnreadable { get; set; }

        public List<string> Evicted { get; } = [];

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
            foreach (var model in models.ToList())
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
            [.. models.Select(model => new CatalogRow { Id = model.Id.ToString(), Name = model.Id.Name, Version = model.Id.Version, MerkleRoot = string.Empty, PublishedAt = model.Card.PublishedAt, IsEvicted = model.Card.IsEvicted })], null));

        public Task<Result<ModelEntry>> PublishAsync(ModelId id, FetchedModel model, ModelCard card, Func<CancellationToken, ValueTask> fence, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<ModelId?> FindCaseClashAsync(ModelId id, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<Result<ModelEntry>> UpdateCardAsync(ModelId id, Func<ModelCard, ModelCard> change, CancellationToken cancellationToken)
        {
            var index = models.FindIndex(model => model.Id == id);
            models[index] = models[index] with { Card = change(models[index].Card) };
            Evicted.Add(id.ToString());
            return Task.FromResult<Result<ModelEntry>>(models[index]);
        }

        public Task<Result<ModelId>> DeleteAsync(ModelId id, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
