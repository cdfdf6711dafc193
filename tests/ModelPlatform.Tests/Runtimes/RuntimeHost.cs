using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ModelPlatform.Chunks;
using ModelPlatform.Events;
using ModelPlatform.Fetching;
using ModelPlatform.Integrity;
using ModelPlatform.Manifests;
using ModelPlatform.ModelHost.Hosting;
using ModelPlatform.ModelHost.Inference;
using ModelPlatform.ModelHost.Loading;
using ModelPlatform.Plugins;
using ModelPlatform.Registry;
using ModelPlatform.Runtimes;
using ModelPlatform.Serving;
using ModelPlatform.Sources;
using ModelPlatform.Sources.Runtimes;
using ModelPlatform.Tests.Registry;
using ModelPlatform.Tests.Stores;
using StackExchange.Redis;

namespace ModelPlatform.Tests.Runtimes;

/// <summary>The model host's parts as its process has them, on a real Redis and a store of files.</summary>
internal sealed class RuntimeHost : IAsyncDisposable
{
    private readonly IHost host;

    private RuntimeHost(IHost host, string directory) => (this.host, Directory) = (host, directory);

    public string Directory { get; }

    public ModelLoader Loader => Get<ModelLoader>();

    public ModelInference Inference => Get<ModelInference>();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public T Get<T>()
        where T : notnull => host.Services.GetRequiredService<T>();

    public static async Task<RuntimeHost> StartAsync(GarnetServer garnet, Dictionary<string, string?>? settings = null, string? directory = null)
    {
        directory ??= System.IO.Directory.CreateTempSubdirectory("mp-runtimes-").FullName;
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true, ApplicationName = "test" });
        builder.Configuration.AddInMemoryCollection([new("Chunks:Store", "FileSystem"), new("MODELPLATFORM_DATA", directory), .. settings ?? []]);
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IConnectionMultiplexer>(await garnet.ConnectAsync());
        builder.AddChunkStore();
        builder.AddRecordStore();
        builder.AddRegistry();
        builder.AddServing();
        builder.AddEvents();
        builder.AddPlugins(withRuntimes: true);
        builder.AddModelHost();
        builder.Services.Replace(ServiceDescriptor.Singleton(new PluginDirectories(Path.Combine(directory, "builtin"), Path.Combine(directory, "plugins"))));
        builder.Services.Replace(ServiceDescriptor.Singleton(new PluginLimits { Grace = TimeSpan.FromSeconds(1) }));
        var host = builder.Build();
        await host.StartAsync(CancellationToken.None);
        return new RuntimeHost(host, directory);
    }

    /// <summary>Publishes a model of these files; the first is the primary one.</summary>
    public async Task<ModelId> PublishAsync(string name, string framework, params (string Path, byte[] Content)[] files)
    {
        var chunks = Get<IChunkStore>();
        var fetched = new List<FetchedFile>();
        foreach (var (path, content) in files)
        {
            var ids = new List<Sha256Digest>();
            foreach (var chunk in content.Chunk(64 * 1024))
            {
                ids.Add(Sha256Digest.Of(chunk));
                await chunks.PutAsync(ids[^1], chunk, Token);
            }

            fetched.Add(new FetchedFile(path, content.Length, Sha256Digest.Of(content), 64 * 1024, ids));
        }

        await chunks.FlushAsync(Token);
        var id = new ModelId(name, "v1");
        var model = RegistryHost.Describe(fetched) with { Framework = framework };
        var published = await Get<IModelRegistry>().PublishAsync(id, model, RegistryHost.Card(), _ => ValueTask.CompletedTask, Token);
        Assert.True(published.IsSuccess, published.Error?.Message);
        return id;
    }

    public async Task<RuntimeRecord> LoadAsync(ModelId id, JsonObject? configuration = null)
    {
        var loaded = await Loader.LoadAsync(id, new LoadOrder { Configuration = configuration }, Token);
        Assert.True(loaded.IsSuccess, loaded.Error?.Message);
        return loaded.Value;
    }

    /// <summary>Runs a model of <see cref="OnnxFile.Products"/> on one row.</summary>
    public async Task<Result<InferenceAnswer>> InferAsync(ModelId id, int size, float value = 3, CancellationToken? token = null)
    {
        var row = new float[size];
        Array.Fill(row, value);
        var bytes = new byte[size * sizeof(float)];
        Buffer.BlockCopy(row, 0, bytes, 0, bytes.Length);
        return await Inference.RunAsync(id, [new NamedTensor("x", TensorType.Float32, [1, size], bytes)], token ?? Token);
    }

    /// <summary>Waits until the model's record looks as wanted.</summary>
    public async Task<RuntimeRecord> UntilAsync(ModelId id, Func<RuntimeRecord, bool> condition)
    {
        for (var started = TimeProvider.System.GetTimestamp(); ; await Task.Delay(20, Token))
        {
            var record = await Get<IRuntimeRecords>().FindAsync(id.ToString(), Token);
            if (record is not null && condition(record))
            {
                return record;
            }

            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(60), $"Never came to the state waited for: {record}");
        }
    }

    public async Task<string[]> EventsAsync(ModelId id) =>
        [.. (await Get<IEventLog>().ReadAsync(new EventFilter { Model = id.ToString() }, 0, 1000, Token)).Select(happened => happened.Type)];

    /// <summary>Ends it; the directory stays where the next one takes it over.</summary>
    public async Task StopAsync()
    {
        await host.StopAsync(CancellationToken.None);
        var connection = Get<IConnectionMultiplexer>();
        host.Dispose();
        await connection.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }
}
