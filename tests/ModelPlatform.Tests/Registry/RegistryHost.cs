using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ModelPlatform.Chunks;
using ModelPlatform.Chunks.Memory;
using ModelPlatform.Fetching;
using ModelPlatform.Integrity;
using ModelPlatform.Manifests;
using ModelPlatform.Manifests.Memory;
using ModelPlatform.Registry;
using ModelPlatform.Sources;
using ModelPlatform.Tests.Stores;
using StackExchange.Redis;

namespace ModelPlatform.Tests.Registry;

/// <summary>The registry as a process has it, on a real Redis. Several can share stores and Redis, as several processes do.</summary>
internal sealed class RegistryHost : IAsyncDisposable
{
    private readonly IHost host;
    private readonly string? ownDirectory;

    private RegistryHost(IHost host, string? ownDirectory)
    {
        this.host = host;
        this.ownDirectory = ownDirectory;
    }

    public IModelRegistry Registry => Get<IModelRegistry>();

    public IRecordStore Records => Get<IRecordStore>();

    public IChunkStore Chunks => Get<IChunkStore>();

    public IDatabase Redis => Get<IConnectionMultiplexer>().GetDatabase();

    public T Get<T>()
        where T : notnull => host.Services.GetRequiredService<T>();

    public static async Task<RegistryHost> StartAsync(
        GarnetServer garnet, IRecordStore? records = null, IChunkStore? chunks = null, string? data = null, TimeProvider? time = null, IModelRepair? repair = null)
    {
        var directory = data ?? Directory.CreateTempSubdirectory("mp-registry-").FullName;
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection([new("Chunks:Store", "Memory"), new("MODELPLATFORM_DATA", directory)]);
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.Services.AddSingleton<IConnectionMultiplexer>(await garnet.ConnectAsync());
        builder.Services.AddSingleton(records ?? new MemoryRecordStore(TimeProvider.System));
        builder.Services.AddSingleton(chunks ?? new MemoryChunkStore(TimeProvider.System));
        if (repair is not null)
        {
            builder.Services.AddSingleton(repair);
        }

        builder.AddRegistry();

        // The tests call the guard themselves.
        builder.Services.AddSingleton<PublicationGuard>();
        foreach (var guard in builder.Services.Where(service => service.ServiceType == typeof(IHostedService) && service.ImplementationType == typeof(PublicationGuard)).ToList())
        {
            builder.Services.Remove(guard);
        }

        var host = builder.Build();
        await host.StartAsync(CancellationToken.None);
        return new RegistryHost(host, data is null ? directory : null);
    }

    /// <summary>Stores a file's chunks and says what was proven of it.</summary>
    public async Task<FetchedFile> StoreAsync(string path, byte[] content, int chunkSize = 1024)
    {
        var ids = new List<Sha256Digest>();
        foreach (var chunk in content.Chunk(chunkSize))
        {
            ids.Add(Sha256Digest.Of(chunk));
            await Chunks.PutAsync(ids[^1], chunk, CancellationToken.None);
        }

        return new FetchedFile(path, content.Length, Sha256Digest.Of(content), chunkSize, ids);
    }

    /// <summary>A model of one file with content made from a seed.</summary>
    public async Task<FetchedModel> ModelAsync(int seed, int length = 2500, string reference = "fixture", JsonObject? metadata = null)
    {
        var content = new byte[length];
        new Random(seed).NextBytes(content);
        return Describe([await StoreAsync("config.json", [.. "{}"u8]), await StoreAsync("model.onnx", content)], reference, metadata);
    }

    public static FetchedModel Describe(IReadOnlyList<FetchedFile> files, string reference = "fixture", JsonObject? metadata = null)
    {
        var variant = new SourceVariant("fp32", [.. files.Select(file => new SourceFile(file.Path, file.Path))], "fp32");
        var inspection = new SourceInspection([variant], "fixture") { Framework = "onnx", Revision = "r1", Metadata = metadata ?? [] };
        return new FetchedModel(inspection, new FetchSource("filesystem", new SourceReference(reference)), variant, "onnx", files);
    }

    public static ModelCard Card(string reference = "fixture", DateTimeOffset publishedAt = default) =>
        new() { Origin = new FetchOrigin("filesystem", reference, null, null), PublishedAt = publishedAt };

    /// <summary>Publishes and expects success.</summary>
    public async Task<ModelEntry> PublishAsync(string id, int seed = 1, ModelCard? card = null, JsonObject? metadata = null)
    {
        Assert.True(ModelId.TryParse(id, out var model));
        var published = await Registry.PublishAsync(model, await ModelAsync(seed, metadata: metadata), card ?? Card(), _ => ValueTask.CompletedTask, CancellationToken.None);
        Assert.True(published.IsSuccess, published.Error?.Message);
        return published.Value;
    }

    public async Task<ModelEntry?> FindAsync(string reference)
    {
        Assert.True(ModelReference.TryParse(reference, out var parsed));
        return await Registry.FindAsync(parsed, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        var connection = Get<IConnectionMultiplexer>();
        host.Dispose();
        await connection.DisposeAsync();
        if (ownDirectory is not null)
        {
            Directory.Delete(ownDirectory, recursive: true);
        }
    }
}
