using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ModelPlatform.Chunks;
using ModelPlatform.Chunks.Memory;
using ModelPlatform.Fetching;
using ModelPlatform.Fetching.Journals;
using ModelPlatform.Fetching.Planning;
using ModelPlatform.Fetching.Transfer;
using ModelPlatform.Integrity;
using ModelPlatform.Plugins;
using ModelPlatform.Registry;
using ModelPlatform.Sources;

namespace ModelPlatform.Tests.Fetching;

/// <summary>An engine with small chunks and short patience, over whatever sources a test brings.</summary>
internal sealed class FetchBench : ISourceCatalog, IFetchProgress, IAsyncDisposable
{
    public const int ChunkSize = 64 * 1024;

    private readonly Dictionary<string, ISource> sources = new(StringComparer.Ordinal);
    private int leases;

    public FetchOptions Options { get; } = new() { MemoryBudget = 24 * ChunkSize, NoProgressTimeout = TimeSpan.FromSeconds(2), Connections = 4, MaxFileSize = 64 * 1024 * 1024 };

    public IChunkStore Store { get; set; } = new MemoryChunkStore(TimeProvider.System);

    public IFetchJournal Journal { get; set; } = new MemoryFetchJournal();

    public ConcurrentQueue<VerifiedChunk> Verified { get; } = new();

    public ConcurrentQueue<(string Source, PlatformError Error)> Failures { get; } = new();

    public IReadOnlyList<string> Names => [.. sources.Keys.Order(StringComparer.Ordinal)];

    public Action? OnChunk { get; set; }

    /// <summary>Holds models of other sites to a trust root, where a test is about that.</summary>
    public SiteManifests? Sites { get; set; }

    public FetchBench Add(string name, ISource source)
    {
        sources[name] = source;
        return this;
    }

    public static byte[] Content(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static string Sha256(byte[] content) => Sha256Digest.Of(content).ToString();

    public static List<string> Hashes(byte[] content, int chunkSize = ChunkSize) => [.. content.Chunk(chunkSize).Select(Sha256)];

    public FetchRequest Request() => new(new ModelId("model", "v1"), [.. sources.Keys.Select(name => new FetchSource(name, new SourceReference("reference")))]);

    public async Task<Result<FetchedModel>> FetchAsync(FetchRequest? request = null, CancellationToken? cancellationToken = null)
    {
        var options = Microsoft.Extensions.Options.Options.Create(Options);
        var calls = new SourceCalls(this);
        var planner = new FetchPlanner(calls, options, Microsoft.Extensions.Options.Options.Create(new ChunkStoreOptions { ChunkSize = ChunkSize }), TimeProvider.System, Sites);
        var budget = new BufferBudget(Options.MemoryBudget, ChunkSize);
        var engine = new FetchEngine(planner, calls, Store, budget, options, TimeProvider.System, NullLogger<FetchEngine>.Instance);
        try
        {
            return await engine.FetchAsync(request ?? Request(), Journal, this, cancellationToken ?? TestContext.Current.CancellationToken);
        }
        finally
        {
            // However a fetch ends, every buffer is back and every source let go.
            Assert.Equal(Options.MemoryBudget, budget.Available);
            Assert.Equal(0, leases);
        }
    }

    /// <summary>What the store would serve for a fetched file, every chunk hashed.</summary>
    public async Task<byte[]> ReadAsync(FetchedFile file)
    {
        using var whole = new MemoryStream();
        var buffer = new byte[file.ChunkSize];
        foreach (var id in file.Chunks)
        {
            var length = await Store.ReadAsync(id, buffer, TestContext.Current.CancellationToken);
            Assert.NotNull(length);
            Assert.Equal(id, Sha256Digest.Of(buffer.AsSpan(0, length.Value)));
            whole.Write(buffer, 0, length.Value);
        }

        return whole.ToArray();
    }

    public async Task AssertExactAsync(Result<FetchedModel> fetched, params byte[][] contents)
    {
        Assert.True(fetched.IsSuccess, fetched.Error?.ToString());
        Assert.Equal(contents.Length, fetched.Value.Files.Count);
        for (var i = 0; i < contents.Length; i++)
        {
            var file = fetched.Value.Files[i];
            Assert.Equal(contents[i].Length, file.Size);
            Assert.Equal(Sha256(contents[i]), file.Sha256.ToString());
            Assert.Equal(contents[i], await ReadAsync(file));
        }
    }

    public bool TryAcquire(string source, [NotNullWhen(true)] out SourceLease? lease)
    {
        lease = null;
        if (!sources.TryGetValue(source, out var found))
        {
            return false;
        }

        Interlocked.Increment(ref leases);
        lease = new SourceLease(source, source, "1.0.0", found, () => Interlocked.Decrement(ref leases));
        return true;
    }

    public void Planned(FetchTotals plan)
    {
    }

    public void ChunkVerified(VerifiedChunk chunk)
    {
        Verified.Enqueue(chunk);
        OnChunk?.Invoke();
    }

    public void BytesReceived(int count)
    {
    }

    public void SourceFailed(string source, PlatformError error) => Failures.Enqueue((source, error));

    public async ValueTask DisposeAsync()
    {
        foreach (var source in sources.Values)
        {
            await source.DisposeAsync();
        }
    }
}
