using Microsoft.Extensions.Logging.Abstractions;
using ModelPlatform.Chunks;
using ModelPlatform.Chunks.FileSystem;
using ModelPlatform.Chunks.Memory;
using ModelPlatform.Fetching;
using ModelPlatform.Fetching.Journals;
using ModelPlatform.Integrity;
using ModelPlatform.Registry;
using ModelPlatform.Sources;

namespace ModelPlatform.Tests.Fetching;

/// <summary>RELIABILITY.md, F16, F17, F19, F34: whatever stops a fetch, the next one goes on from what is proven.</summary>
public sealed class FetchResumeTests
{
    private const int Chunk = FetchBench.ChunkSize;
    private const int Length = (16 * Chunk) + 123;

    private static readonly byte[] Content = FetchBench.Content(Length);

    [Theory]
    [InlineData(true, null, false)]
    [InlineData(true, false, false)]
    [InlineData(false, null, false)]
    [InlineData(true, null, true)]
    [InlineData(false, true, true)]
    public async Task Resume_AfterAStop_FetchesOnlyWhatIsMissing(bool pinned, bool? ranges, bool isSizeUnknown)
    {
        await using var origin = await FaultyOrigin.StartAsync((request, answer) => answer.FileAsync(request, Content));
        var file = new OriginFile("model.onnx") { Sha256 = pinned ? FetchBench.Sha256(Content) : null, AcceptsRanges = ranges, IsSizeUnknown = isSizeUnknown };
        await using var bench = new FetchBench().Add("origin", new OriginSource(origin.Address, file));
        using var stop = new CancellationTokenSource();
        bench.OnChunk = () =>
        {
            if (bench.Verified.Count == 8)
            {
                stop.Cancel();
            }
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bench.FetchAsync(null, stop.Token));
        var journaled = (await bench.Journal.ReadChunksAsync(0, TestContext.Current.CancellationToken)).Select(chunk => chunk.Index).ToHashSet();
        Assert.InRange(journaled.Count, 7, 16);
        // Chunks are stored beside the reading, so a stop may leave holes. A source without ranges is read on from the first hole: asking anew would start it at byte 0. Any other leaves out what is stored.
        // Where the size is not known, the short last chunk is read again: only that shows that the file ends there.
        var kept = Enumerable.Range(0, isSizeUnknown ? 16 : 17).Where(journaled.Contains).Where((index, place) => ranges != false || index == place).ToHashSet();
        // The stopped connection may still be filling the kernel's buffers.
        long before;
        do
        {
            before = origin.BodyBytes;
            await Task.Delay(300, TestContext.Current.CancellationToken);
        }
        while (origin.BodyBytes != before);
        bench.Verified.Clear();
        bench.OnChunk = null;

        await bench.AssertExactAsync(await bench.FetchAsync(), Content);

        Assert.Equal(Enumerable.Range(0, 17).Where(index => !kept.Contains(index)).Sum(index => index < 16 ? Chunk : 123), origin.BodyBytes - before);
        Assert.Equal(kept.Count, bench.Verified.Count(chunk => chunk.Reused));
        Assert.Equal(1, origin.Requests.Count(request => request.Method == "HEAD"));
    }

    [Fact]
    public async Task Resume_InOrderWithHoles_LeavesOutWhatIsStored()
    {
        await using var origin = await FaultyOrigin.StartAsync((request, answer) => answer.FileAsync(request, Content));
        await using var bench = new FetchBench().Add("origin", new OriginSource(origin.Address, new OriginFile("model.onnx") { IsSizeUnknown = true }));
        await bench.AssertExactAsync(await bench.FetchAsync(), Content);
        var holes = new[] { 2, 3, 9 };
        foreach (var chunk in (await bench.Journal.ReadChunksAsync(0, TestContext.Current.CancellationToken)).Where(chunk => holes.Contains(chunk.Index)))
        {
            await bench.Store.QuarantineAsync(chunk.Id, TestContext.Current.CancellationToken);
        }

        var plan = await bench.Journal.ReadPlanAsync(TestContext.Current.CancellationToken);
        var kept = (await bench.Journal.ReadChunksAsync(0, TestContext.Current.CancellationToken)).Where(chunk => !holes.Contains(chunk.Index)).ToList();
        bench.Journal = new MemoryFetchJournal();
        await bench.Journal.WritePlanAsync(plan!.Value, TestContext.Current.CancellationToken);
        await bench.Journal.AppendAsync(0, kept, TestContext.Current.CancellationToken);
        var before = origin.BodyBytes;

        await bench.AssertExactAsync(await bench.FetchAsync(), Content);

        // The last chunk is short: where the size is not known, only reading on tells that it is the last.
        Assert.InRange(origin.BodyBytes - before, 3 * Chunk, (3 * Chunk) + 123);
    }

    [Fact]
    public async Task Resume_StoredChunkDamaged_IsFetchedAgain()
    {
        await using var origin = await FaultyOrigin.StartAsync((request, answer) => answer.FileAsync(request, Content));
        await using var bench = new FetchBench().Add("origin", new OriginSource(origin.Address, new OriginFile("model.onnx")));
        await bench.AssertExactAsync(await bench.FetchAsync(), Content);
        var journaled = await bench.Journal.ReadChunksAsync(0, TestContext.Current.CancellationToken);
        var damaged = journaled.Single(chunk => chunk.Index == 3);
        await bench.Store.QuarantineAsync(damaged.Id, TestContext.Current.CancellationToken);
        await bench.Store.PutAsync(damaged.Id, new byte[Chunk], TestContext.Current.CancellationToken);
        var gone = journaled.Single(chunk => chunk.Index == 5);
        await bench.Store.QuarantineAsync(gone.Id, TestContext.Current.CancellationToken);
        var before = origin.BodyBytes;

        await bench.AssertExactAsync(await bench.FetchAsync(), Content);

        Assert.Equal(2 * Chunk, origin.BodyBytes - before);
    }

    [Fact]
    public async Task Resume_FileMovedMeanwhile_StartsOver()
    {
        var other = FetchBench.Content(Length, seed: 2);
        var hasMoved = false;
        await using var origin = await FaultyOrigin.StartAsync((request, answer) => answer.FileAsync(request, hasMoved ? other : Content, hasMoved ? "\"v2\"" : "\"v1\""));
        await using var bench = new FetchBench().Add("origin", new OriginSource(origin.Address, new OriginFile("model.onnx")));
        bench.Store = new FaultyChunkStore(bench.Store, 9, afterEffect: false);
        Assert.Equal(ErrorCode.StorageFailed, (await bench.FetchAsync()).Error?.Code);
        hasMoved = true;

        await bench.AssertExactAsync(await bench.FetchAsync(), other);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task F17_StoreFailsAtEveryCall_ReplaysWithoutLoss(bool afterEffect)
    {
        await using var origin = await FaultyOrigin.StartAsync((request, answer) => answer.FileAsync(request, Content));
        for (var n = 1; ; n++)
        {
            await using var bench = new FetchBench().Add("origin", new OriginSource(origin.Address, new OriginFile("model.onnx") { Sha256 = FetchBench.Sha256(Content) }));
            var inner = new MemoryChunkStore(TimeProvider.System);
            var faulty = new FaultyChunkStore(inner, n, afterEffect);
            bench.Store = faulty;
            var fetched = await bench.FetchAsync();
            Assert.Equal(faulty.HasFailed ? ErrorCode.StorageFailed : null, fetched.Error?.Code);
            if (!faulty.HasFailed)
            {
                bench.Store = inner;
                await bench.AssertExactAsync(fetched, Content);
                Assert.InRange(n, 18, 200);
                return;
            }

            // What the journal says is in the store: always.
            foreach (var chunk in await bench.Journal.ReadChunksAsync(0, TestContext.Current.CancellationToken))
            {
                Assert.Equal(chunk.Length, await inner.TouchAsync(chunk.Id, TestContext.Current.CancellationToken));
            }

            await bench.AssertExactAsync(await bench.FetchAsync(), Content);
        }
    }

    [Fact]
    public async Task F17_JournalFailsAtEveryCall_ReplaysWithoutLoss()
    {
        await using var origin = await FaultyOrigin.StartAsync((request, answer) => answer.FileAsync(request, Content));
        for (var n = 1; ; n++)
        {
            await using var bench = new FetchBench().Add("origin", new OriginSource(origin.Address, new OriginFile("model.onnx")));
            var faulty = new FaultyJournal(bench.Journal, n);
            bench.Journal = faulty;
            try
            {
                Assert.True((await bench.FetchAsync()).IsSuccess);
                Assert.False(faulty.HasFailed);
                return;
            }
            catch (StaleLeaseException)
            {
                Assert.True(faulty.HasFailed);
            }

            await bench.AssertExactAsync(await bench.FetchAsync(), Content);
        }
    }

    [Fact]
    public async Task F19_DiskFull_IsSaidAndRecovers()
    {
        await using var origin = await FaultyOrigin.StartAsync((request, answer) => answer.FileAsync(request, Content));
        await using var bench = new FetchBench().Add("origin", new OriginSource(origin.Address, new OriginFile("model.onnx")));
        bench.Store = new FaultyChunkStore(bench.Store, 7, afterEffect: false, ErrorCode.DiskFull);

        Assert.Equal(ErrorCode.DiskFull, (await bench.FetchAsync()).Error?.Code);

        await bench.AssertExactAsync(await bench.FetchAsync(), Content);
    }

    [Fact]
    public async Task F19_FileSystemReallyFull_IsSaidAndGoesOnOnceThereIsSpace()
    {
        using var disk = SmallDisk.TryMount(8 * Chunk);
        Assert.SkipWhen(disk is null, "A file system of its own can be mounted by root on Linux only.");
        await using var origin = await FaultyOrigin.StartAsync((request, answer) => answer.FileAsync(request, Content));
        await using var bench = new FetchBench().Add("origin", new OriginSource(origin.Address, new OriginFile("model.onnx")));
        using var store = new FileSystemChunkStore(disk.Path, ChunkCompression.None, TimeProvider.System, NullLogger<FileSystemChunkStore>.Instance);
        bench.Store = store;

        Assert.Equal(ErrorCode.DiskFull, (await bench.FetchAsync()).Error?.Code);

        var kept = await bench.Journal.ReadChunksAsync(0, TestContext.Current.CancellationToken);
        var stored = await store.ListAsync(TestContext.Current.CancellationToken).Select(chunk => chunk.Id).ToListAsync(TestContext.Current.CancellationToken);
        Assert.All(kept, chunk => Assert.Contains(chunk.Id, stored));
        Assert.Equal(ErrorCode.DiskFull, (await bench.FetchAsync()).Error?.Code);
        disk.Resize(64 * Chunk);
        var before = origin.BodyBytes;
        await bench.AssertExactAsync(await bench.FetchAsync(), Content);
        Assert.InRange(origin.BodyBytes - before, 1, Length - kept.Sum(chunk => (long)chunk.Length));
        Assert.DoesNotContain(Directory.EnumerateFiles(disk.Path, "*", SearchOption.AllDirectories), path => Path.GetFileName(path).Length != 64 && new FileInfo(path).Length > 0);
    }

    [Fact]
    public async Task F34_RestartWithFilesDone_DoesNotFetchThemAgain()
    {
        var contents = Enumerable.Range(0, 8).Select(i => FetchBench.Content((2 * Chunk) + i, i)).ToArray();
        var isBroken = true;
        await using var origin = await FaultyOrigin.StartAsync((request, answer) =>
        {
            var file = int.Parse(request.Path.AsSpan(1, 1), System.Globalization.CultureInfo.InvariantCulture);
            return request.Method == "GET" && isBroken && file >= 3 ? answer.HeadAsync("404 Not Found", "Content-Length: 0") : answer.FileAsync(request, contents[file], $"\"{file}\"");
        });
        await using var bench = new FetchBench().Add("origin", new OriginSource(origin.Address, [.. Enumerable.Range(0, 8).Select(i => new OriginFile($"{i}.onnx"))]));
        bench.Options.FilesAtOnce = 1;
        Assert.Equal(ErrorCode.ModelNotFound, (await bench.FetchAsync()).Error?.Code);
        isBroken = false;
        var before = origin.Requests.Count;

        await bench.AssertExactAsync(await bench.FetchAsync(), contents);

        Assert.DoesNotContain(origin.Requests.Skip(before), request => request.Method == "GET" && request.Path[1] < '3');
    }

    [Fact]
    public async Task FileJournal_OverAFileSystemStore_ResumesInAnotherProcessLifetime()
    {
        var directory = Directory.CreateTempSubdirectory("mp-fetch-").FullName;
        try
        {
            await using var origin = await FaultyOrigin.StartAsync((request, answer) => answer.FileAsync(request, Content));
            var kept = 0;
            for (var life = 0; life < 2; life++)
            {
                await using var bench = new FetchBench().Add("origin", new OriginSource(origin.Address, new OriginFile("model.onnx")));
                using var store = new FileSystemChunkStore(Path.Combine(directory, "store"), ChunkCompression.None, TimeProvider.System, NullLogger<FileSystemChunkStore>.Instance);
                await using var journal = FileFetchJournal.Open(Path.Combine(directory, "journal"));
                Assert.Throws<StaleLeaseException>(() => FileFetchJournal.Open(Path.Combine(directory, "journal")));
                (bench.Store, bench.Journal) = (store, journal);
                if (life == 0)
                {
                    using var stop = new CancellationTokenSource();
                    bench.OnChunk = () => _ = bench.Verified.Count == 8 ? stop.CancelAsync() : null;
                    await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bench.FetchAsync(null, stop.Token));
                    await bench.Journal.ReadPlanAsync(TestContext.Current.CancellationToken);
                    kept = (await journal.ReadChunksAsync(0, TestContext.Current.CancellationToken)).Sum(chunk => chunk.Length);
                    await File.AppendAllTextAsync(Path.Combine(directory, "elsewhere"), "half a line", TestContext.Current.CancellationToken);
                }
                else
                {
                    var before = origin.BodyBytes;
                    await bench.AssertExactAsync(await bench.FetchAsync(), Content);
                    Assert.Equal(Length - kept, origin.BodyBytes - before);
                }
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task KnownFiles_OfAnEarlierManifest_NeedNoByteWhereTheChunksAreHere()
    {
        await using var origin = await FaultyOrigin.StartAsync((request, answer) => answer.FileAsync(request, Content));
        await using var bench = new FetchBench().Add("origin", new OriginSource(origin.Address, new OriginFile("model.onnx")));
        var first = await bench.FetchAsync();
        var before = origin.BodyBytes;
        bench.Journal = new MemoryFetchJournal();

        var second = await bench.FetchAsync(bench.Request() with { Model = new ModelId("again", "v1"), KnownFiles = first.Value.Files });

        await bench.AssertExactAsync(second, Content);
        Assert.Equal(before, origin.BodyBytes);
    }

    private sealed class FaultyJournal(IFetchJournal inner, int failAt) : IFetchJournal
    {
        private int calls;

        public bool HasFailed => calls >= failAt;

        public ValueTask<ReadOnlyMemory<byte>?> ReadPlanAsync(CancellationToken cancellationToken) => inner.ReadPlanAsync(cancellationToken);

        public ValueTask WritePlanAsync(ReadOnlyMemory<byte> plan, CancellationToken cancellationToken) => Call(() => inner.WritePlanAsync(plan, cancellationToken));

        public ValueTask<IReadOnlyList<JournaledChunk>> ReadChunksAsync(int fileIndex, CancellationToken cancellationToken) => inner.ReadChunksAsync(fileIndex, cancellationToken);

        public ValueTask AppendAsync(int fileIndex, IReadOnlyList<JournaledChunk> chunks, CancellationToken cancellationToken) => Call(() => inner.AppendAsync(fileIndex, chunks, cancellationToken));

        private ValueTask Call(Func<ValueTask> call) => Interlocked.Increment(ref calls) == failAt ? throw new StaleLeaseException("Another runner owns the job.") : call();
    }
}
