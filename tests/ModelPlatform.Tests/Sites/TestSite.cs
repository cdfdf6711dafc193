using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ModelPlatform.Api.Sites;
using ModelPlatform.Documents;
using ModelPlatform.Documents.Log;
using ModelPlatform.Documents.Replication;
using ModelPlatform.Events;
using ModelPlatform.Manifests;
using ModelPlatform.Manifests.Memory;
using ModelPlatform.Manifests.Trust;
using ModelPlatform.Plugins.Outbound;
using ModelPlatform.Sites;
using ModelPlatform.Sites.Exchange;
using ModelPlatform.Sources;
using ModelPlatform.Tests.Api;
using ModelPlatform.Tests.Documents;

namespace ModelPlatform.Tests.Sites;

/// <summary>A site's documents and its exchange behind a real HTTP server; rounds are run when a test asks for them.</summary>
internal sealed class TestSite : IAsyncDisposable
{
    private readonly string folder = System.IO.Directory.CreateTempSubdirectory("site-").FullName;
    private readonly ApiHost api;
    private readonly OutboundHttp http;
    private readonly PlatformKeys keys;

    private TestSite(string name, IRecordStore store, MovableTime time, ApiHost api, OutboundHttp http, PlatformKeys keys, IServiceProvider services)
    {
        (Name, Store, Time, this.api, this.http, this.keys) = (name, store, time, api, http, keys);
        Log = services.GetRequiredService<DocumentLog>();
        Documents = new DocumentStore(Log);
        Directory = services.GetRequiredService<SiteDirectory>();
        Rounds = services.GetRequiredService<SiteRounds>();
        Board = services.GetRequiredService<SiteBoard>();
        AntiEntropy = services.GetRequiredService<AntiEntropy>();
    }

    public string Name { get; }

    public IRecordStore Store { get; }

    public MovableTime Time { get; }

    public DocumentLog Log { get; }

    public DocumentStore Documents { get; }

    public SiteDirectory Directory { get; }

    public SiteRounds Rounds { get; }

    public SiteBoard Board { get; }

    public AntiEntropy AntiEntropy { get; }

    public ITrustKeys Keys => keys;

    public HttpClient Client => api.Client;

    public Uri Address => api.Address;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<TestSite> StartAsync(string name, IRecordStore? store = null, bool require = false, Dictionary<string, string?>? settings = null, TrustRoot? trusted = null, MovableTime? clock = null)
    {
        var time = clock ?? new MovableTime();
        store ??= new MemoryRecordStore(time);
        var keyFolder = System.IO.Directory.CreateTempSubdirectory("keys-").FullName;
        var keys = new PlatformKeys(keyFolder, time, NullLogger<PlatformKeys>.Instance);
        await keys.StartAsync(Cancel);
        var http = new OutboundHttp(Options.Create(new OutboundOptions()), new ProcessHostWaits(time), TimeProvider.System, NullLogger<OutboundHttp>.Instance);
        IServiceProvider? provider = null;
        var api = await ApiHost.StartAsync(
            _ => { },
            settings,
            app =>
            {
                provider = app.ServiceProvider;
                app.MapSync();
                app.MapSites();
            },
            services =>
            {
                services.AddLogging();
                services.AddSingleton<TimeProvider>(time);
                services.AddSingleton(Options.Create(new DocumentOptions { Site = name }));
                services.AddSingleton(Options.Create(new SiteOptions()));
                services.AddSingleton(Options.Create(new TrustOptions { Require = require }));
                services.AddSingleton(store);
                services.AddSingleton<ITrustKeys>(trusted is null ? keys : new WidenedKeys(keys, trusted));
                services.AddSingleton<SourceHttp>(http);
                services.AddSingleton(new DocumentLog(store, keys, time, name));
                services.AddSingleton<SiteDirectory>();
                services.AddSingleton<ISiteDirectory>(found => found.GetRequiredService<SiteDirectory>());
                services.TryAddSilentEvents();
                services.AddExchange();
            });
        return new TestSite(name, store, time, api, http, keys, provider!);
    }

    public async Task KnowAsync(params IEnumerable<TestSite> others)
    {
        foreach (var other in others)
        {
            await Directory.PutAsync(new Site { Name = other.Name, Url = other.Address }, Cancel);
        }
    }

    public Task<Result<SiteReport>> SyncAsync(TestSite other) => Rounds.SyncAsync(other.Name, Cancel);

    public async Task WriteAsync(string id, string? hash, string field = "f")
    {
        Assert.True(DocumentKey.TryCreate("models", id, out var key));
        if (hash is null)
        {
            Assert.True(await Documents.RemoveAsync(key, field, Cancel));
        }
        else
        {
            await Documents.StoreAsync(key, field, new BlobReference { Hash = hash, SizeBytes = 1 }, Cancel);
        }
    }

    public async Task<string?> ReadAsync(string id, string field = "f")
    {
        Assert.True(DocumentKey.TryCreate("models", id, out var key));
        return (await Documents.FindAsync(key, field, Cancel))?.Hash;
    }

    public async Task<string> RootAsync() => await Log.ReadAsync(view => MapDigest.RootOf(view.Map.Digest()), Cancel);

    public async Task<IReadOnlyDictionary<string, long>> RefusedAsync(string site) => (await Rounds.ReportAsync(Cancel)).Sites.Single(report => report.Name == site).Refused;

    public async ValueTask DisposeAsync()
    {
        await api.DisposeAsync();
        http.Dispose();
        keys.Dispose();
        Log.Dispose();
        System.IO.Directory.Delete(folder, recursive: true);
    }

    private sealed class WidenedKeys(PlatformKeys own, TrustRoot others) : ITrustKeys
    {
        public TrustRoot Root => own.Root with { Keys = [.. own.Root.Keys, .. others.Keys] };

        public IReadOnlyList<string> OwnKeys => own.OwnKeys;

        public Task<TrustedKey> RotateAsync(CancellationToken cancellationToken) => own.RotateAsync(cancellationToken);

        public Task<Result<TrustRoot>> ReplaceAsync(SignedTrustRoot root, CancellationToken cancellationToken) => own.ReplaceAsync(root, cancellationToken);
    }
}
