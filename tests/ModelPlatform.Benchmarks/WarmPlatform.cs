using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ModelPlatform.Chunks;
using ModelPlatform.Fetching;
using ModelPlatform.Fetching.Journals;
using ModelPlatform.Plugins;
using ModelPlatform.Plugins.Http;
using ModelPlatform.Plugins.Outbound;
using ModelPlatform.Registry;
using ModelPlatform.Serving;
using ModelPlatform.Sources;

namespace ModelPlatform.Benchmarks;

/// <summary>The platform's own parts, put together as a job server does, over the real URL source.</summary>
internal sealed class WarmPlatform : IDisposable
{
    private readonly IHost host;

    public WarmPlatform(string directory, Uri origin)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["MODELPLATFORM_DATA"] = directory,
            ["Chunks:Store"] = "FileSystem",
            ["Fetch:AllowedOrigins:0"] = origin.GetLeftPart(UriPartial.Authority),
            [FetchOptions.MaxFileSizeSetting] = "0",
        });
        builder.AddChunkStore();
        builder.AddOutboundHttp();
        builder.AddFetching();
        builder.AddServing();
        builder.Services.AddSingleton<ISourceCatalog, UrlCatalog>();
        host = builder.Build();
        Directory = directory;
    }

    public string Directory { get; }

    public IServiceProvider Services => host.Services;

    public async Task<FetchedFile> FetchAsync(Uri file, string? sha256)
    {
        var request = new FetchRequest(new ModelId("model", "v1"), [new FetchSource("url", new SourceReference(file.ToString()))]) { Framework = "other", ExpectedSha256 = sha256 };
        var fetched = await Services.GetRequiredService<IFetchEngine>().FetchAsync(request, new MemoryFetchJournal(), new Quiet(), CancellationToken.None);
        return fetched.TryGet(out var model, out var error) ? model.Files[0] : throw new InvalidOperationException(error.Message);
    }

    /// <summary>An empty store again.</summary>
    public Task ForgetAsync()
    {
        foreach (var path in System.IO.Directory.EnumerateFiles(Path.Combine(Directory, "store", "chunks"), "*", SearchOption.AllDirectories))
        {
            File.Delete(path);
        }

        return Task.CompletedTask;
    }

    public void Dispose() => host.Dispose();

    private sealed class Quiet : IFetchProgress
    {
        public void Planned(FetchTotals plan)
        {
        }

        public void ChunkVerified(VerifiedChunk chunk)
        {
        }

        public void BytesReceived(int count)
        {
        }

        public void SourceFailed(string source, PlatformError error) => Console.Error.WriteLine($"{source}: {error.Message}");
    }

    private sealed class UrlCatalog(SourceHttp http, TimeProvider time) : ISourceCatalog
    {
        private readonly ISource url = new HttpPlugin().CreateSources(new Context(http, time))["url"];

        public IReadOnlyList<string> Names => ["url"];

        public bool TryAcquire(string source, [NotNullWhen(true)] out SourceLease? lease)
        {
            lease = source == "url" ? new SourceLease(source, "Http", "1.0.0", url, () => { }) : null;
            return lease is not null;
        }
    }

    private sealed class Context(SourceHttp http, TimeProvider time) : SourceContext
    {
        public override IReadOnlyDictionary<string, string> Settings { get; } = new Dictionary<string, string>();

        public override SourceHttp Http => http;

        public override TimeProvider Time => time;

        public override string? GetEnvironment(string name) => null;

        public override void Log(SourceLogLevel level, string message, Exception? exception = null)
        {
        }
    }
}
