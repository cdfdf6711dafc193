using System.Collections.Concurrent;
using System.IO.MemoryMappedFiles;
using System.Text.Json.Nodes;
using ModelPlatform.Client.Connection;
using ModelPlatform.Client.Loading;

namespace ModelPlatform.Dashboard.Tests.Loading;

public sealed class ModelLoaderTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("loader-").FullName;
    private readonly byte[] weights = FaultyRegistry.Bytes((FaultyRegistry.ChunkSize * 9) + 1_000);
    private readonly byte[] tokenizer = FaultyRegistry.Bytes(500);
    private FaultyRegistry registry = null!;
    private JsonObject manifest = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private long Size => weights.Length + tokenizer.Length;

    public async ValueTask InitializeAsync()
    {
        registry = await FaultyRegistry.StartAsync();
        manifest = registry.Publish("m:v1", ("onnx/a.onnx", weights), ("tokenizer.json", tokenizer));
    }

    public async ValueTask DisposeAsync()
    {
        await registry.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task LoadAsync_TwoFiles_AreThereByteForByteWithProgressThatOnlyGrows()
    {
        using var loader = registry.Loader(folder);
        var told = new Told();

        var loaded = (await loader.LoadAsync("m:v1", told, Cancellation)).Value;

        await IsWholeAsync(loaded);
        Assert.Equal("gcs", loaded.Source);
        Assert.Equal(told.All.Select(made => made.Progress).Order(), told.All.Select(made => made.Progress));
        Assert.All(told.All.SkipLast(1), made => Assert.Equal(("m:v1", "downloading", 11, false), (made.ModelId, made.Status, made.TotalChunks, made.Verified)));
        Assert.Equal(("complete", 1.0, 11, true), (told.All[^1].Status, told.All[^1].Progress, told.All[^1].ChunksVerified, told.All[^1].Verified));
        Assert.Equal(Size, registry.Sent);
    }

    [Fact]
    public async Task LoadAsync_Loaded_IsTheSameAndAfterUnloadComesOutOfTheCacheProvenWithoutTheNetwork()
    {
        using var loader = registry.Loader(folder);
        var first = (await loader.LoadAsync("m:v1", null, Cancellation)).Value;
        Assert.Same(first, (await loader.LoadAsync("m:v1", null, Cancellation)).Value);
        var asked = registry.Requests.Count;

        Assert.True(loader.Unload("m:v1"));
        Assert.False(loader.Unload("m:v1"));
        var told = new Told();
        var again = (await loader.LoadAsync("m:v1", told, Cancellation)).Value;

        Assert.NotSame(first, again);
        Assert.Equal("cache", again.Source);
        Assert.Equal(("cached", 1.0, 11), (Assert.Single(told.All).Status, told.All[0].Progress, told.All[0].ChunksReused));
        Assert.Equal(asked, registry.Requests.Count);
    }

    [Fact]
    public async Task LoadAsync_ByteRottenInTheCache_FetchesThatChunkAlone()
    {
        using var loader = registry.Loader(folder);
        var path = (await loader.LoadAsync("m:v1", null, Cancellation)).Value.PathOf();
        loader.Unload("m:v1");
        using (var file = File.OpenWrite(path))
        {
            file.Position = FaultyRegistry.ChunkSize * 4;
            file.WriteByte((byte)~weights[FaultyRegistry.ChunkSize * 4]);
        }

        var before = registry.Sent;
        await IsWholeAsync((await loader.LoadAsync("m:v1", null, Cancellation)).Value);

        Assert.Equal(FaultyRegistry.ChunkSize, registry.Sent - before);
    }

    [Fact]
    public async Task LoadAsync_ByteFlippedOnce_FetchesAtMostThatRunAgain()
    {
        var flips = 1;
        registry.Flips = (_, offset) => offset == FaultyRegistry.ChunkSize * 2 && Interlocked.Decrement(ref flips) >= 0;
        using var loader = registry.Loader(folder);

        await IsWholeAsync((await loader.LoadAsync("m:v1", null, Cancellation)).Value);
    }

    [Fact]
    public async Task LoadAsync_PlaceLiesAboutOneChunk_GoesOnAtTheNextPlaceInTheMiddleOfTheFile()
    {
        manifest["distribution"] = new JsonObject { ["fallbackUrls"] = new JsonArray($"{registry.Address}mirror/onnx/a.onnx") };
        registry.Flips = (place, offset) => place == "registry" && offset == FaultyRegistry.ChunkSize * 5;
        var told = new ConcurrentQueue<ApiProblem>();
        using var loader = registry.Loader(folder, options => (options.OnError, options.Connections) = (told.Enqueue, 1));

        var loaded = (await loader.LoadAsync("m:v1", null, Cancellation)).Value;

        await IsWholeAsync(loaded);
        Assert.Equal("fallback", loaded.Source);
        Assert.Contains("chunk 5", Assert.Single(told).Error, StringComparison.Ordinal);
        Assert.Contains("/mirror/onnx/a.onnx", registry.Requests);
    }

    [Fact]
    public async Task LoadAsync_EveryPlaceLies_FailsNamingChunkExpectedAndActualAndLeavesNoFile()
    {
        registry.Flips = (_, offset) => offset == FaultyRegistry.ChunkSize * 2;
        using var loader = registry.Loader(folder);

        var problem = (await loader.LoadAsync("m:v1", null, Cancellation)).Problem!;

        Assert.Equal(ProblemCode.IntegrityFailed, problem.Code);
        Assert.Contains("All download sources failed", problem.Error, StringComparison.Ordinal);
        Assert.Contains($"Chunk verification failed: chunk 2, expected {manifest["artifacts"]![0]!["chunking"]!["chunkHashes"]![2]}", problem.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder, "a.onnx", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task LoadAsync_EveryConnectionCutWithinAChunk_StillFinishesAndWastesNothing()
    {
        registry.CutsAfter = 20_000;
        using var loader = registry.Loader(folder, options => options.Connections = 1);

        await IsWholeAsync((await loader.LoadAsync("m:v1", null, Cancellation)).Value);

        // What was on its way when a connection was cut may be lost, and nothing that had arrived.
        Assert.InRange(registry.Sent, Size, Size * 2);
    }

    [Fact]
    public async Task LoadAsync_SourceWithoutRanges_IsReadFromItsBeginning()
    {
        registry.KnowsRanges = false;
        using var loader = registry.Loader(folder, options => options.Connections = 4);

        await IsWholeAsync((await loader.LoadAsync("m:v1", null, Cancellation)).Value);
    }

    [Fact]
    public async Task LoadAsync_RegistryHasOnlyTheManifest_TakesChunksFromAPeer()
    {
        registry.Refuses = place => place == "chunk" ? 0 : 404;
        using var loader = registry.Loader(folder, options => options.Peers = [new Uri("http://127.0.0.1:9"), registry.Address]);

        var loaded = (await loader.LoadAsync("m:v1", null, Cancellation)).Value;

        await IsWholeAsync(loaded);
        Assert.Equal("p2p", loaded.Source);
    }

    [Fact]
    public async Task LoadAsync_GivenUpInTheMiddle_GoesOnFromWhatIsProvenInAnotherLoader()
    {
        using var enough = new CancellationTokenSource();
        registry.Pause = offset => offset < FaultyRegistry.ChunkSize * 6 ? Task.CompletedTask : Task.Delay(Timeout.Infinite, enough.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        using (var loader = registry.Loader(folder, options => options.Connections = 1))
        {
            var told = new Told(made =>
            {
                if (made.ChunksVerified >= 7)
                {
                    enough.Cancel();
                }
            });
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => loader.LoadAsync("m:v1", told, enough.Token));
        }

        registry.Pause = _ => Task.CompletedTask;
        using var next = registry.Loader(folder);
        var loaded = await LoadWhenFreeAsync(next);
        await IsWholeAsync(loaded);
        Assert.True(loaded.BytesReused >= FaultyRegistry.ChunkSize * 6, $"{loaded.BytesReused} bytes were reused");
    }

    [Fact]
    public async Task LoadAsync_ManyAtOnce_IsOneDownloadAndOneGivingUpDisturbsNobody()
    {
        var gate = new TaskCompletionSource();
        registry.Pause = _ => gate.Task;
        using var loader = registry.Loader(folder);
        using var impatient = new CancellationTokenSource();
        var given = loader.LoadAsync("m:v1", null, impatient.Token);
        var patient = Enumerable.Range(0, 10).Select(_ => loader.LoadAsync("m:v1", null, Cancellation)).ToList();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);

        gate.SetResult();
        var loaded = await Task.WhenAll(patient);

        Assert.All(loaded, one => Assert.Same(loaded[0].Value, one.Value));
        Assert.Equal(Size, registry.Sent);
    }

    [Fact]
    public async Task LoadAsync_NeedsMoreMemoryThanThereIs_IsRefusedBeforeAByteMoves()
    {
        using var loader = registry.Loader(folder, options => options.AvailableMemory = () => 1000);

        var problem = (await loader.LoadAsync("m:v1", null, Cancellation)).Problem!;

        Assert.Equal((ProblemCode.InsufficientMemory, "Insufficient memory: need 1024, have 1000"), (problem.Code, problem.Error));
        Assert.Equal(0, registry.Sent);
    }

    [Fact]
    public async Task LoadAsync_RightChunksOfAnotherFile_AreRefusedByTheFileHash()
    {
        manifest["artifacts"]![0]!["sha256"] = new string('0', 64);
        using var loader = registry.Loader(folder);

        var problem = (await loader.LoadAsync("m:v1", null, Cancellation)).Problem!;

        Assert.Equal(ProblemCode.IntegrityFailed, problem.Code);
        Assert.Contains("File hash mismatch", problem.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("chunkCount")]
    [InlineData("merkleRoot")]
    [InlineData("path")]
    [InlineData("model")]
    public async Task LoadAsync_ManifestThatContradictsItself_IsRefusedBeforeAByteMoves(string what)
    {
        var artifact = manifest["artifacts"]![0]!;
        switch (what)
        {
            case "chunkCount":
                artifact["chunking"]!["chunkCount"] = 4;
                break;
            case "merkleRoot":
                artifact["merkleRoot"] = new string('0', 64);
                break;
            case "path":
                artifact["path"] = "../outside.onnx";
                break;
            default:
                manifest["model"]!["name"] = "other";
                manifest["model"]!["id"] = "other:v1";
                break;
        }

        using var loader = registry.Loader(folder);
        var problem = (await loader.LoadAsync("m:v1", null, Cancellation)).Problem!;

        Assert.Equal(ProblemCode.IntegrityFailed, problem.Code);
        Assert.StartsWith("Invalid manifest: ", problem.Error, StringComparison.Ordinal);
        Assert.Equal(0, registry.Sent);
    }

    [Fact]
    public async Task LoadAsync_Offline_GivesWhatIsHereAndNothingElse()
    {
        using (var loader = registry.Loader(folder))
        {
            await loader.LoadAsync("m", null, Cancellation);
        }

        var asked = registry.Requests.Count;
        using var offline = registry.Loader(folder, options => options.Offline = true);
        await IsWholeAsync((await offline.LoadAsync("m", null, Cancellation)).Value);
        Assert.Equal(ProblemCode.ModelNotFound, (await offline.LoadAsync("other:v1", null, Cancellation)).Problem?.Code);
        Assert.Equal(asked, registry.Requests.Count);
    }

    [Fact]
    public async Task PreloadAsync_NoSuchModel_IsToldAndNotThrown()
    {
        var told = new ConcurrentQueue<ApiProblem>();
        using var loader = registry.Loader(folder, options => options.OnError = told.Enqueue);

        await loader.PreloadAsync("nobody:v1", Cancellation);
        await loader.PreloadAsync("m:v1", Cancellation);

        Assert.Single(told);
        Assert.True(await loader.HasFileAsync("m:v1", "tokenizer.json", Cancellation));
        Assert.False(await loader.HasFileAsync("m:v1", "nothing.json", Cancellation));
    }

    [Fact]
    public async Task Map_LoadedFile_IsItsBytes()
    {
        using var loader = registry.Loader(folder);
        using var mapped = (await loader.LoadAsync("m:v1", null, Cancellation)).Value.Map();
        using var view = mapped.CreateViewStream(0, 0, MemoryMappedFileAccess.Read);
        var bytes = new byte[weights.Length];
        await view.ReadExactlyAsync(bytes, Cancellation);

        Assert.Equal(weights, bytes);
    }

    private static async Task<LoadedModel> LoadWhenFreeAsync(ModelLoader loader) => (await loader.LoadAsync("m:v1", null, Cancellation)).Value;

    private async Task IsWholeAsync(LoadedModel loaded)
    {
        Assert.Equal(weights, await File.ReadAllBytesAsync(loaded.PathOf(), Cancellation));
        Assert.Equal(tokenizer, await File.ReadAllBytesAsync(loaded.PathOf("tokenizer.json"), Cancellation));
    }
}
