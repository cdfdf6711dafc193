using System.Net;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ModelPlatform.FunctionalTests.Platform;

namespace ModelPlatform.FunctionalTests.Sites;

/// <summary>Three whole platforms side by side: partition, writes on all, a killed process, healing, and a model fetched where it was not.</summary>
public sealed partial class SitesTests
{
    private const string Collection = "notes";
    private const string Model = "shared:v1";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ThreeSites_PartitionWritesKillHealAndFetch_ConvergeAndGiveTheExactBytes()
    {
        await using var platform = await RunningPlatform.StartAsync(new PlatformOptions { Arguments = ["--sites", "3", "--store", "filesystem"] }, Cancel);
        var sites = SiteLine().Matches(platform.Log).ToDictionary(match => match.Groups[1].Value, match => new HttpClient { BaseAddress = new Uri(match.Groups[2].Value) });
        Assert.Equal(["A", "B", "C"], sites.Keys.Order());
        var (a, b, c) = (sites["A"], sites["B"], sites["C"]);

        // What a fetch publishes at A is a document everywhere by itself, signed as its manifest is.
        var content = RandomNumberGenerator.GetBytes((12 * 1024 * 1024) + 17);
        await WriteModelAsync(platform, content);
        Assert.Equal(HttpStatusCode.Accepted, (await a.PostAsJsonAsync("/FetchModel", new { source = "filesystem", sourceReference = "shared", modelName = "shared", framework = "gguf" }, Cancel)).StatusCode);
        var document = await UntilAsync(async () => await JsonAsync(c, $"/v2/documents/model_registry/{Model}/document"));
        var manifest = (await JsonAsync(a, $"/v2/manifests/{Model}"))!;
        Assert.Equal(manifest["integrity"]!["signatures"]![0]!["signature"]!.ToString(), document["provenance"]!["signature"]!.ToString());
        Assert.Equal(manifest["artifacts"]![0]!["sha256"]!.ToString(), document["variants"]!.AsObject().Single().Value!["blob"]!["hash"]!.ToString());
        Assert.Equal(HttpStatusCode.NotFound, (await b.GetAsync($"/v2/manifests/{Model}", Cancel)).StatusCode);

        // Partition: nobody speaks to anybody; all write, all to one field too, and one process dies.
        await PauseAsync(sites, true);
        foreach (var (name, site) in sites)
        {
            await Parallel.ForAsync(0, 40, Cancel, async (i, _) => await PutAsync(site, $"{name}-{i}:v1", $"{name}{i}"));
            await PutAsync(site, "all:v1", name);
        }

        Assert.Equal(HttpStatusCode.NotFound, (await c.GetAsync($"/v2/documents/{Collection}/A-0:v1/f", Cancel)).StatusCode);
        var old = platform.Children["api-b"];
        platform.KillChild("api-b");
        await platform.WaitForReplacementAsync("api-b", old, Cancel);
        await UntilAsync(async () => await JsonAsync(b, $"/v2/documents/{Collection}/B-39:v1/f"));
        Assert.Equal(HttpStatusCode.NoContent, (await b.DeleteAsync($"/v2/documents/{Collection}/B-0:v1/f", Cancel)).StatusCode);

        // Heal: B dies once more in the middle of it, and still all end with the same.
        await PauseAsync(sites, false);
        old = platform.Children["api-b"];
        platform.KillChild("api-b");
        await platform.WaitForReplacementAsync("api-b", old, Cancel);
        var digest = await UntilAsync(async () =>
        {
            var digests = await Task.WhenAll(sites.Values.Select(async site => (await JsonAsync(site, "/v1/sites"))?["self"]!["digest"]!.ToString()));
            return digests.Distinct().Count() == 1 && await JsonAsync(c, $"/v2/documents/{Collection}/A-39:v1/f") is not null && await JsonAsync(a, $"/v2/documents/{Collection}/B-39:v1/f") is not null ? JsonValue.Create(digests[0]) : null;
        });
        Assert.Equal(64, digest!.ToString().Length);
        foreach (var site in sites.Values)
        {
            var listed = (await JsonAsync(site, $"/v2/documents/{Collection}?limit=1000"))!["documents"]!.AsArray();
            Assert.Equal((3 * 40), listed.Count);
            Assert.Equal("C", (await JsonAsync(site, $"/v2/documents/{Collection}/all:v1/f"))!["hash"]!.ToString());
        }

        // Fetch at B what was published at A: progress as it goes, the bytes exact, the site that gave them noted.
        var blob = document["variants"]!.AsObject().Single().Value!["blob"]!;
        var steps = await StoreAndFetchAsync(b, blob);
        Assert.Equal("stored", steps[0].Event);
        var last = steps[^1];
        Assert.Equal("complete", last.Event);
        Assert.Equal(content, await b.GetByteArrayAsync(last.Data["path"]!.ToString(), Cancel));
        var job = (await JsonAsync(b, "/ModelFetchJob?modelName=shared"))!["jobs"]![0]!;
        Assert.Equal(3, job["chunkProviders"]!["A"]!.GetValue<int>());

        // Removing a reference removes nothing else; B says that it holds the model, too.
        Assert.Equal(HttpStatusCode.NoContent, (await c.DeleteAsync($"/v2/documents/{Collection}/wanted:v1/f", Cancel)).StatusCode);
        await UntilAsync(async () => await JsonAsync(b, $"/v2/documents/{Collection}/wanted:v1/f") is null ? JsonValue.Create(true) : null);
        Assert.Equal(HttpStatusCode.OK, (await b.GetAsync($"/v2/manifests/{Model}", Cancel)).StatusCode);
        await UntilAsync(async () => await JsonAsync(c, $"/v2/documents/model_registry/{Model}/site.B"));
    }

    private static async Task WriteModelAsync(RunningPlatform platform, byte[] content)
    {
        Directory.CreateDirectory(Path.Combine(platform.Models, "shared"));
        await File.WriteAllBytesAsync(Path.Combine(platform.Models, "shared", "model.gguf"), content, Cancel);
    }

    private static async Task PauseAsync(Dictionary<string, HttpClient> sites, bool paused)
    {
        foreach (var (name, site) in sites)
        {
            foreach (var other in sites.Keys.Where(other => other != name))
            {
                Assert.Equal(HttpStatusCode.OK, (await site.PutAsJsonAsync($"/v1/sites/{other}", new { paused }, Cancel)).StatusCode);
            }
        }

        if (paused)
        {
            await UntilAsync(async () => (await Task.WhenAll(sites.Values.Select(async site => (await JsonAsync(site, "/v1/sites"))!["sites"]!.AsArray().All(known => known!["state"]!.ToString() == "paused")))).All(all => all) ? JsonValue.Create(true) : null);
        }
    }

    private static async Task PutAsync(HttpClient site, string id, string hash)
    {
        using var body = new StringContent($$$"""{"hash":"{{{hash}}}","size_bytes":1,"metadata":{}}""", Encoding.UTF8, "application/json");
        Assert.Equal(HttpStatusCode.OK, (await site.PutAsync($"/v2/documents/{Collection}/{id}/f", body, Cancel)).StatusCode);
    }

    private static async Task<List<(string Event, JsonNode Data)>> StoreAndFetchAsync(HttpClient site, JsonNode blob)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v2/documents/{Collection}/wanted:v1/f/fetch") { Content = new StringContent(blob.ToJsonString(), Encoding.UTF8, "application/json") };
        using var answer = await site.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        var steps = new List<(string, JsonNode)>();
        await foreach (var item in SseParser.Create(await answer.Content.ReadAsStreamAsync(Cancel)).EnumerateAsync(Cancel))
        {
            steps.Add((item.EventType, JsonNode.Parse(item.Data)!));
        }

        return steps;
    }

    private static async Task<JsonNode?> JsonAsync(HttpClient site, string path)
    {
        try
        {
            using var answer = await site.GetAsync(path, Cancel);
            return answer.IsSuccessStatusCode ? await answer.Content.ReadFromJsonAsync<JsonNode>(Cancel) : null;
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException)
        {
            return null;
        }
    }

    private static async Task<JsonNode> UntilAsync(Func<Task<JsonNode?>> look)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(Patience);
        while (true)
        {
            if (await look() is { } found)
            {
                return found;
            }

            await Task.Delay(50, patience.Token);
        }
    }

    [GeneratedRegex(@"^ModelPlatform site (\w) is ready: API (\S+)", RegexOptions.Multiline)]
    private static partial Regex SiteLine();
}
