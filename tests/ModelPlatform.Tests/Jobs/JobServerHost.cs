using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ModelPlatform.Events;
using ModelPlatform.Fetching;
using ModelPlatform.Integrity;
using ModelPlatform.Jobs;
using ModelPlatform.Manifests;
using ModelPlatform.Plugins;
using ModelPlatform.Registry;
using ModelPlatform.Sources;
using ModelPlatform.Plugins.Outbound;
using ModelPlatform.Tests.Stores;
using StackExchange.Redis;

namespace ModelPlatform.Tests.Jobs;

/// <summary>The jobs room with a real Redis and a real Hangfire server, around a scripted engine: what a fetch does is up to the test.</summary>
internal sealed class JobServerHost : IAsyncDisposable
{
    private readonly IHost host;

    private JobServerHost(IHost host) => this.host = host;

    public IFetchJobs Jobs => host.Services.GetRequiredService<IFetchJobs>();

    public IWorkerControl Control => host.Services.GetRequiredService<IWorkerControl>();

    public IEventLog Events => host.Services.GetRequiredService<IEventLog>();

    public IServiceProvider Services => host.Services;

    public static async Task<JobServerHost> StartAsync(GarnetServer garnet, ScriptedEngine engine, MemoryRegistry registry, bool runsJobs = true, ILoggerProvider? log = null, params (string Key, string Value)[] settings)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection([new("MODEL_FETCH_INITIAL_RETRY_DELAY", "200"), .. settings.Select(pair => new KeyValuePair<string, string?>(pair.Key, pair.Value))]);
        builder.Services.AddSingleton<IConnectionMultiplexer>(await garnet.ConnectAsync());
        builder.Services.AddSingleton<IFetchEngine>(engine);
        builder.Services.AddSingleton<IModelRegistry>(registry);
        builder.Services.AddSingleton<ISourceCatalog>(new FixedCatalog(engine));
        builder.AddOutboundHttp();
        builder.AddEvents();
        builder.AddJobs();
        if (runsJobs)
        {
            builder.AddJobRunner();
        }

        if (log is not null)
        {
            builder.Logging.AddProvider(log);
        }

        var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        return new JobServerHost(host);
    }

    public static FetchJobRequest Request(string model) => new("url", $"http://origin.test/{model}.onnx", new ModelId(model, "v1"));

    public async Task<FetchJob> UntilAsync(string jobId, Func<FetchJob, bool> condition)
    {
        for (var i = 0; i < 600; i++)
        {
            if (await Jobs.FindAsync(jobId, default) is { } job && condition(job))
            {
                return job;
            }

            await Task.Delay(50);
        }

        Assert.Fail($"Job {jobId} did not get there: {(await Jobs.FindAsync(jobId, default))}");
        throw new InvalidOperationException();
    }

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        var connection = host.Services.GetRequiredService<IConnectionMultiplexer>();
        host.Dispose();
        await connection.DisposeAsync();
    }

    private sealed class FixedCatalog(ScriptedEngine engine) : ISourceCatalog
    {
        public IReadOnlyList<string> Names => ["filesystem", "huggingface", "url"];

        public bool TryAcquire(string source, out SourceLease lease)
        {
            lease = new SourceLease(source, "Test", "1.0.0", engine, () => { });
            return true;
        }
    }
}

/// <summary>Does what the test says for each call, counts them, and notices two at once for one model.</summary>
internal sealed class ScriptedEngine(Func<FetchRequest, int, IFetchJournal, IFetchProgress, CancellationToken, Task<PlatformError?>> script) : IFetchEngine, ISource
{
    private readonly ConcurrentDictionary<string, int> calls = new();
    private readonly ConcurrentDictionary<string, int> inside = new();

    public int Doubled { get; private set; }

    public int MostAtOnce { get; private set; }

    public ConcurrentQueue<string> Order { get; } = new();

    public static ScriptedEngine Instant { get; } = new((_, _, _, _, _) => Task.FromResult<PlatformError?>(null));

    /// <summary>Where the branch stands at the source.</summary>
    public string? Revision { get; set; }

    public int Calls(string model) => calls.GetValueOrDefault($"{model}:v1");

    public async Task<Result<FetchedModel>> FetchAsync(FetchRequest request, IFetchJournal journal, IFetchProgress progress, CancellationToken cancellationToken)
    {
        var model = request.Model.ToString();
        Order.Enqueue(request.Model.Name);
        if (inside.AddOrUpdate(model, 1, (_, count) => count + 1) > 1)
        {
            Doubled++;
        }

        MostAtOnce = Math.Max(MostAtOnce, inside.Count(pair => pair.Value > 0));
        try
        {
            var call = calls.AddOrUpdate(model, 1, (_, count) => count + 1);
            if (await script(request, call, journal, progress, cancellationToken) is { } error)
            {
                return error;
            }

            var inspection = new SourceInspection([new SourceVariant("default", [], "fp32")], request.Model.Name) { Revision = Revision, Metadata = new JsonObject { ["description"] = "from the source", ["license"] = "mit" } };
            return new FetchedModel(inspection, request.Sources[0], inspection.Variants[0], "onnx", []);
        }
        finally
        {
            inside.AddOrUpdate(model, 0, (_, count) => count - 1);
        }
    }

    public ValueTask<Result<SourceInspection>> InspectAsync(SourceReference reference, CancellationToken cancellationToken) =>
        new(new SourceInspection([new SourceVariant("default", [], "fp32")], "model") { Revision = Revision });

    public ValueTask<Result<SourceContent>> OpenAsync(SourceFile file, SourceRange range, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<SourceHealth> CheckHealthAsync(CancellationToken cancellationToken) => new(new SourceHealth(true));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>Publishes into memory: the registry's own behaviour is tested in its room.</summary>
internal sealed class MemoryRegistry : IModelRegistry
{
    private readonly ConcurrentDictionary<string, ModelEntry> models = new();

    public int Publications { get; private set; }

    public Func<Task>? BeforeFence { get; set; }

    public async Task<Result<ModelEntry>> PublishAsync(ModelId id, FetchedModel model, ModelCard card, Func<CancellationToken, ValueTask> fence, CancellationToken cancellationToken)
    {
        await (BeforeFence?.Invoke() ?? Task.CompletedTask);
        await fence(cancellationToken);
        Publications++;
        var manifest = new Manifest { Model = new ManifestModel { Id = id.ToString(), Name = id.Name, Version = id.Version, Framework = model.Framework }, Version = id.Version, Artifacts = [],
            Provenance = new ManifestProvenance { Source = new ManifestSource(model.Source.Source, model.Source.Reference.Reference, "2026-01-01T00:00:00.000Z", model.Inspection.Revision) } };
        return models.GetOrAdd(id.ToString(), new ModelEntry(id, manifest, "etag", card));
    }

    public ValueTask<ModelEntry?> FindAsync(ModelReference reference, CancellationToken cancellationToken) =>
        new(reference.Version is null ? models.Values.FirstOrDefault(entry => entry.Id.Name == reference.Name) : models.GetValueOrDefault($"{reference.Name}:{reference.Version}"));

    public ValueTask<ModelId?> FindCaseClashAsync(ModelId id, CancellationToken cancellationToken)
    {
        foreach (var entry in models.Values)
        {
            if (entry.Id.Name != id.Name && entry.Id.Name.Equals(id.Name, StringComparison.OrdinalIgnoreCase))
            {
                return new(entry.Id);
            }
        }

        return new((ModelId?)null);
    }

    public ValueTask<CatalogPage> ListAsync(CatalogQuery query, CancellationToken cancellationToken) => throw new NotSupportedException();

    public IAsyncEnumerable<Sha256Digest> ReadAllChunksAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public IAsyncEnumerable<Manifest> ReadAllManifestsAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<Result<ModelEntry>> UpdateCardAsync(ModelId id, Func<ModelCard, ModelCard> change, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<Result<ModelId>> DeleteAsync(ModelId id, CancellationToken cancellationToken) => throw new NotSupportedException();
}
