using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ModelPlatform.Documents.Log;
using ModelPlatform.Documents.Replication;
using ModelPlatform.Manifests.Memory;
using ModelPlatform.Sites;
using ModelPlatform.Sites.Exchange;
using ModelPlatform.Tests.Documents;

namespace ModelPlatform.Tests.Sites;

/// <summary>Sites that exchange documents over HTTP.</summary>
public sealed class SiteExchangeTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sync_WritesAndRemovalsOnBothSides_AreOnBothSides()
    {
        await using var a = await TestSite.StartAsync("A");
        await using var b = await TestSite.StartAsync("B");
        await MeetAsync(a, b);
        await a.WriteAsync("x:v1", "from-a");
        await b.WriteAsync("y:v1", "from-b");
        Assert.True((await a.SyncAsync(b)).IsSuccess);
        Assert.Equal(("from-a", "from-b"), (await b.ReadAsync("x:v1"), await a.ReadAsync("y:v1")));
        await b.WriteAsync("x:v1", null);
        await a.WriteAsync("y:v1", "later");
        Assert.True((await a.SyncAsync(b)).Value.InStep);
        Assert.Equal((null, "later"), (await a.ReadAsync("x:v1"), await b.ReadAsync("y:v1")));
        Assert.Equal(await a.RootAsync(), await b.RootAsync());
    }

    [Fact]
    public async Task Sync_ThroughAThirdSite_ReachesAllThatKnowEachOther()
    {
        await using var a = await TestSite.StartAsync("A");
        await using var b = await TestSite.StartAsync("B");
        await using var c = await TestSite.StartAsync("C");
        await MeetAsync(a, b);
        await MeetAsync(b, c);
        await a.KnowAsync(c);
        await c.KnowAsync(a);
        await a.WriteAsync("x:v1", "from-a");
        await a.SyncAsync(b);
        await b.SyncAsync(c);
        Assert.Equal("from-a", await c.ReadAsync("x:v1"));
    }

    [Fact]
    public async Task Changes_MoreThanAPage_ComePageByPageAndResume()
    {
        await using var a = await TestSite.StartAsync("A");
        await FillAsync(a, SyncLimits.MostStates + 500);
        var first = await a.Client.GetFromJsonAsync<JsonElement>("/v2/sync/changes?since=0&limit=100", Cancel);
        Assert.Equal((100, true), (first.GetProperty("states").GetArrayLength(), first.GetProperty("more").GetBoolean()));
        Assert.Equal(SyncLimits.MostStates + 400, first.GetProperty("remaining").GetProperty("fields").GetInt32());
        var second = await a.Client.GetFromJsonAsync<JsonElement>($"/v2/sync/changes?since={first.GetProperty("next")}", Cancel);
        Assert.InRange(second.GetProperty("states").GetArrayLength(), 1, SyncLimits.MostStates);
        Assert.NotEqual(first.GetProperty("states")[0].GetProperty("id").GetString(), second.GetProperty("states")[0].GetProperty("id").GetString());

        await using var b = await TestSite.StartAsync("B");
        await MeetAsync(a, b);
        await b.SyncAsync(a);
        Assert.Equal(await a.RootAsync(), await b.RootAsync());
        Assert.Equal(HttpStatusCode.BadRequest, (await a.Client.GetAsync("/v2/sync/changes?since=-1", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await a.Client.GetAsync("/v2/sync/changes?have=nonsense", Cancel)).StatusCode);
    }

    [Fact]
    public async Task Compare_HundredThousandDocumentsOfWhichSomeDiffer_CostsLessThanAMegabyte()
    {
        var store = new MemoryRecordStore(TimeProvider.System);
        await using var a = await TestSite.StartAsync("A", store);
        await FillAsync(a, 100_000);
        await using var b = await TestSite.StartAsync("B");
        await CopyAsync(a, b, except: 30);
        await MeetAsync(a, b);
        var before = Traffic(b, "A");
        var (changed, error) = await b.AntiEntropy.CompareNowAsync((await b.Directory.ListAsync(Cancel))[0], null, Cancel);
        Assert.True(changed && error is null);
        Assert.Equal(await a.RootAsync(), await b.RootAsync());
        var cost = Traffic(b, "A") - before;
        TestContext.Current.SendDiagnosticMessage($"Comparing 100,000 documents of which 30 differ: {cost} bytes");
        Assert.InRange(cost, MapDigest.Buckets * MapDigest.BucketSize, 1_000_000);

        // Even where not one is the same, the names of all fit.
        var all = await b.Client.PostAsJsonAsync("/v2/sync/buckets", new { buckets = Enumerable.Range(0, MapDigest.Buckets) }, Cancel);
        Assert.InRange((await all.Content.ReadAsByteArrayAsync(Cancel)).Length + (MapDigest.Buckets * MapDigest.BucketSize), 800_000, 1_000_000);
    }

    [Fact]
    public async Task Site_KilledDuringExchange_GoesOnFromWhatIsDurable()
    {
        await using var a = await TestSite.StartAsync("A");
        await FillAsync(a, SyncLimits.MostStates + 200);
        var store = new MemoryRecordStore(TimeProvider.System);
        await using (var b = await TestSite.StartAsync("B", store))
        {
            // One page is in, then the process is gone: nothing of its memory is left.
            var page = await a.Client.GetByteArrayAsync("/v2/sync/changes?limit=1000", Cancel);
            await MeetAsync(a, b);
            var states = JsonSerializer.Deserialize(page, SyncJson.Default.ChangesPage)!.States;
            await b.Log.ChangeAsync(draft => states.Count(draft.Merge), Cancel);
        }

        await using var again = await TestSite.StartAsync("B", store);
        Assert.Equal(1000, await again.Log.ReadAsync(view => view.Map.Count, Cancel));
        await MeetAsync(a, again);
        await again.SyncAsync(a);
        Assert.Equal(await a.RootAsync(), await again.RootAsync());
    }

    [Fact]
    public async Task Push_ReplayedAndReordered_ChangesNothing()
    {
        await using var a = await TestSite.StartAsync("A");
        await using var b = await TestSite.StartAsync("B");
        await MeetAsync(a, b);
        await a.WriteAsync("x:v1", "first");
        var old = await StatesAsync(a);
        await a.WriteAsync("x:v1", "second");
        await a.WriteAsync("y:v1", "other");
        var recent = await StatesAsync(a);
        foreach (var states in new[] { [.. recent.Reverse()], old, recent, old, old })
        {
            Assert.Equal(HttpStatusCode.OK, (await PushAsync(b, "A", states)).Status);
        }

        Assert.Equal(("second", "other"), (await b.ReadAsync("x:v1"), await b.ReadAsync("y:v1")));
        Assert.Equal(await a.RootAsync(), await b.RootAsync());
    }

    [Fact]
    public async Task Access_WithATokenSet_OnlyTheSitesTokenOrTheOperatorsOpens()
    {
        await using var b = await TestSite.StartAsync("B", settings: new Dictionary<string, string?> { ["MODEL_FETCH_TOKEN"] = "operator-token" });
        const string Shared = "shared-by-a-and-b";
        await b.Directory.PutAsync(new Site { Name = "A", Url = new Uri("http://127.0.0.1:9"), Token = Shared }, Cancel);
        await using var a = await TestSite.StartAsync("A");
        await a.WriteAsync("x:v1", "from-a");
        await a.KnowAsync(b);
        Assert.Equal(SiteState.Refused, await StateAsync(a, b));
        await a.Directory.PutAsync(new Site { Name = "B", Url = b.Address, Token = "guessed-wrongly-here" }, Cancel);
        Assert.Equal(SiteState.Refused, await StateAsync(a, b));
        await a.Directory.PutAsync(new Site { Name = "B", Url = b.Address, Token = Shared }, Cancel);
        Assert.Equal(SiteState.Connected, await StateAsync(a, b));
        Assert.Equal("from-a", await b.ReadAsync("x:v1"));

        // It opens the exchange, not the administration; and no answer tells it.
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(b, "/v1/sites", Shared)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(b, "/v2/sync/changes", "wrong")).StatusCode);
        var seen = await SendAsync(b, "/v1/sites", "operator-token");
        Assert.Equal(HttpStatusCode.OK, seen.StatusCode);
        Assert.DoesNotContain(Shared, await seen.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sites_PutPauseScheduleAndDelete_DoWhatTheySay()
    {
        await using var a = await TestSite.StartAsync("A");
        await using var b = await TestSite.StartAsync("B");
        await b.KnowAsync(a);
        await a.WriteAsync("x:v1", "from-a");
        Assert.Equal("waiting", (await PutAsync(a, "B", new { url = b.Address })).GetProperty("state").GetString());
        await PutAsync(a, "B", new { paused = true });
        Assert.Equal(SiteState.Paused, await StateAsync(a, b));
        Assert.Null(await b.ReadAsync("x:v1"));
        var hour = TimeOnly.FromDateTime(a.Time.GetUtcNow().UtcDateTime);
        await PutAsync(a, "B", new { paused = false, schedule = $"{hour.AddHours(2):HH:mm}-{hour.AddHours(3):HH:mm}" });
        Assert.Equal(SiteState.Closed, await StateAsync(a, b));
        await PutAsync(a, "B", new { schedule = "", bytesPerSecond = 1_000_000 });
        Assert.Equal(SiteState.Connected, await StateAsync(a, b));
        Assert.Equal("from-a", await b.ReadAsync("x:v1"));
        Assert.Equal(HttpStatusCode.BadRequest, (await a.Client.PutAsJsonAsync("/v1/sites/B", new { url = "ftp://x", schedule = "late", token = "short" }, Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await a.Client.DeleteAsync("/v1/sites/B", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await a.Client.GetAsync("/v1/sites/B", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await a.Client.PostAsync("/v1/sites/B/sync", null, Cancel)).StatusCode);
    }

    internal static async Task MeetAsync(TestSite a, TestSite b)
    {
        await a.KnowAsync(b);
        await b.KnowAsync(a);
    }

    internal static async Task<IReadOnlyList<FieldState>> StatesAsync(TestSite site) => await site.Log.ReadAsync(view => view.Map.ChangesAfter(0).Select(cell => cell.State).ToList(), Cancel);

    internal static async Task<(HttpStatusCode Status, JsonElement Answer)> PushAsync(TestSite to, string from, IReadOnlyList<FieldState> states, DateTimeOffset? time = null)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new ChangesPush { Site = from, Time = HybridTime.Of(time ?? to.Time.GetUtcNow()), States = states }, SyncJson.Default.ChangesPush);
        using var content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        using var answer = await to.Client.PostAsync("/v2/sync/changes", content, Cancel);
        return (answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel));
    }

    internal static Task FillAsync(TestSite site, int count) => site.Log.ChangeAsync(draft =>
    {
        for (var i = 0; i < count; i++)
        {
            draft.Merge(new FieldState
            {
                Collection = "models",
                Id = $"document-{i}:v1",
                Field = "f",
                Time = HybridTime.Of(site.Time.GetUtcNow()),
                Site = site.Name,
                Value = new RawJson(Encoding.UTF8.GetBytes($$$"""{"hash":"{{{i}}}","size_bytes":1,"metadata":{}}""")),
            });
        }

        draft.Advance(site.Name, HybridTime.Of(site.Time.GetUtcNow()));
        return true;
    }, Cancel);

    private static async Task CopyAsync(TestSite from, TestSite to, int except)
    {
        var states = await StatesAsync(from);
        await to.Log.ChangeAsync(draft => states.Skip(except).Count(draft.Merge), Cancel);
    }

    private static long Traffic(TestSite site, string name) => site.Board.Of(name).BytesReceived + site.Board.Of(name).BytesSent;

    private static async Task<SiteState> StateAsync(TestSite site, TestSite other)
    {
        await site.SyncAsync(other);
        return site.Board.Of(other.Name).State;
    }

    private static async Task<JsonElement> PutAsync(TestSite site, string name, object body)
    {
        using var answer = await site.Client.PutAsJsonAsync($"/v1/sites/{name}", body, Cancel);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);
    }

    private static Task<HttpResponseMessage> SendAsync(TestSite site, string path, string token) =>
        site.Client.SendAsync(new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) } }, Cancel);
}
