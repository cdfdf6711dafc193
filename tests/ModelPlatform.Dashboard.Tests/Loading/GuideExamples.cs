using ModelPlatform.Client;
using ModelPlatform.Client.Jobs;
using ModelPlatform.Client.Loading;

namespace ModelPlatform.Dashboard.Tests.Loading;

/// <summary>The examples of docs/guides/client.md, compiled: the guide's blocks stand here word for word.</summary>
public static class GuideExamples
{
    public static async Task AllAsync()
    {
        using var http = new HttpClient { BaseAddress = new Uri("http://localhost:5100") };
        var client = new ModelPlatformClient(http, token: null);

        var accepted = (await client.Jobs.FetchAsync(new FetchModelRequest { Source = "filesystem", SourceReference = "ppocr", ModelName = "ocr" })).Value;
        if ((await client.Models.ListAsync(stage: "production")).TryGet(out var models, out var problem))
        {
            Console.WriteLine($"{models.Length} models, job {accepted.JobId}");
        }
        else
        {
            Console.WriteLine($"{problem.Code}: {problem.Error} {problem.Remedy}");
        }

        using var loader = new ModelLoader(client);
        var loaded = (await loader.LoadAsync("ocr")).Value;
        Console.WriteLine($"{loaded.Manifest.Model.Id} from {loaded.Source}: {loaded.PathOf()}");
        using var mapped = loaded.Map();

        var tier = loader.SelectTier();
        var chosen = await loader.SelectModelAsync(["embed"], preferredTier: tier.Name);

        await using var header = (await loader.OpenVerifiedRangeAsync("ocr", artifact: null, offset: 0, length: 4096)).Value;
        var start = new byte[4096];
        await header.ReadExactlyAsync(start);

        var progress = new Progress<LoadProgress>(made => Console.WriteLine($"{made.Progress:P0} {made.BytesPerSecond} B/s, {made.ChunksReused} chunks were here"));
        var pulled = await loader.PullAsync("ocr@champion", "./ocr", progress);
        Console.WriteLine($"{chosen.IsSuccess} {pulled.IsSuccess}");
    }

    public static async Task<ModelLoaderOptions> OptionsAsync(ModelPlatformClient client)
    {
        var options = new ModelLoaderOptions
        {
            CacheDirectory = "/var/cache/models",
            MaxCacheSize = 20L << 30,
            Peers = [new Uri("http://site-b:5100")],
            TrustRoot = (await client.Trust.GetKeysAsync()).Value,
            OnError = problem => Console.Error.WriteLine(problem.Error),
        };
        return options;
    }
}
