using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using ModelPlatform.Chunks;
using ModelPlatform.Fetching;
using ModelPlatform.Fetching.Journals;
using ModelPlatform.Registry;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Tests.Host;

/// <summary>The plugin host with plugins as they were built, and the fetch engine over it.</summary>
internal sealed class FetchingHost(RunningHost host) : IFetchProgress, IAsyncDisposable
{
    private readonly IChunkStore chunks = host.Services.GetRequiredService<IChunkStore>();

    public IServiceProvider Services => host.Services;

    public static async Task<FetchingHost> StartAsync(string plugin, Dictionary<string, string?> settings) => new(await RunningHost.StartAsync(
        (builtIn, _) => BuiltPlugin.CopyTo(builtIn, plugin),
        configure: builder =>
        {
            settings["Chunks:Store"] = "Memory";
            settings["Chunks:ChunkSize"] = "262144";
            builder.Configuration.AddInMemoryCollection(settings);
            builder.AddChunkStore();
            builder.AddFetching();
        }));

    public Task<Result<FetchedModel>> FetchAsync(string source, SourceReference reference, string? variant = null) =>
        host.Services.GetRequiredService<IFetchEngine>().FetchAsync(
            new FetchRequest(new ModelId("m", "v1"), [new FetchSource(source, reference)]) { Variant = variant }, new MemoryFetchJournal(), this, TestContext.Current.CancellationToken);

    /// <summary>A fetched file's bytes, out of the chunk store.</summary>
    public async Task<byte[]> ReadAsync(FetchedFile file)
    {
        var bytes = new byte[file.Size];
        var at = 0;
        foreach (var chunk in file.Chunks)
        {
            at += await chunks.ReadAsync(chunk, bytes.AsMemory(at, Math.Min(file.ChunkSize, bytes.Length - at)), TestContext.Current.CancellationToken) ?? throw new InvalidOperationException($"No chunk {chunk}");
        }

        return at == bytes.Length ? bytes : throw new InvalidOperationException($"{at} bytes of {bytes.Length}");
    }

    public ValueTask DisposeAsync() => host.DisposeAsync();

    public void Planned(FetchTotals plan)
    {
    }

    public void ChunkVerified(VerifiedChunk chunk)
    {
    }

    public void BytesReceived(int count)
    {
    }

    public void SourceFailed(string source, PlatformError error)
    {
    }
}
