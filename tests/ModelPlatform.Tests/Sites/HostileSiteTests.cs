using System.Net;
using System.Text;
using ModelPlatform.Documents.Log;
using ModelPlatform.Documents.Replication;
using ModelPlatform.Manifests;
using ModelPlatform.Manifests.Memory;
using ModelPlatform.Sites;
using ModelPlatform.Sites.Exchange;
using ModelPlatform.Sources;
using ModelPlatform.Tests.Documents;
using static ModelPlatform.Tests.Sites.SiteExchangeTests;

namespace ModelPlatform.Tests.Sites;

/// <summary>Sites that lie, and sites that come back from the past.</summary>
public sealed class HostileSiteTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Push_TimestampFromTheFuture_IsRefusedAndReported()
    {
        await using var site = await KnowingAsync("A");
        await site.WriteAsync("x:v1", "mine");
        var forged = State("x:v1", "forged", "A", site.Time.GetUtcNow().AddMinutes(6));
        var (status, answer) = await PushAsync(site, "A", [forged, State("y:v1", "honest", "A", site.Time.GetUtcNow().AddMinutes(4))]);
        Assert.Equal((HttpStatusCode.OK, 1, "from_the_future"), (status, answer.GetProperty("taken").GetInt32(), answer.GetProperty("refused")[0].GetProperty("reason").GetString()));
        Assert.Equal(("mine", "honest"), (await site.ReadAsync("x:v1"), await site.ReadAsync("y:v1")));
        Assert.Equal(1, (await site.RefusedAsync("A"))["from_the_future"]);

        // The largest number there is must not push this site's clock to the end of time.
        await PushAsync(site, "A", [forged with { Time = new HybridTime(ulong.MaxValue) }]);
        Assert.InRange((await site.Rounds.ReportAsync(Cancel)).Self.ClockAheadSeconds, 0, 300);
    }

    [Fact]
    public async Task Exchange_ClockMoreThanFiveMinutesAhead_IsRefusedBothWaysAndReported()
    {
        await using var a = await TestSite.StartAsync("A");
        await using var fast = await TestSite.StartAsync("F");
        await MeetAsync(a, fast);
        fast.Time.Move(TimeSpan.FromMinutes(6));
        await fast.WriteAsync("x:v1", "too-soon");
        Assert.Equal(ErrorCode.InvalidState, (await a.SyncAsync(fast)).Error?.Code);
        Assert.Equal(SiteState.Refused, a.Board.Of("F").State);
        Assert.Contains("ahead", a.Board.Of("F").Reason!, StringComparison.Ordinal);
        await fast.SyncAsync(a);
        Assert.Equal(SiteState.Refused, fast.Board.Of("A").State);
        Assert.Null(await a.ReadAsync("x:v1"));

        fast.Time.Move(TimeSpan.FromMinutes(-2));
        Assert.True((await a.SyncAsync(fast)).IsSuccess);
        a.Time.Move(TimeSpan.FromMinutes(3));
        a.AntiEntropy.Demand("F");
        await a.SyncAsync(fast);
        Assert.Equal("too-soon", await a.ReadAsync("x:v1"));
    }

    [Fact]
    public async Task Push_InTheNameOfForeignSites_IsRefused()
    {
        await using var site = await KnowingAsync("A");
        var now = site.Time.GetUtcNow();
        var (_, answer) = await PushAsync(site, "A", [State("x:v1", "z", "Z", now), State("y:v1", "b", "B", now), State("w:v1", "a", "A", now)]);
        Assert.Equal(["foreign_site", "foreign_site"], answer.GetProperty("refused").EnumerateArray().Select(refused => refused.GetProperty("reason").GetString()!));
        Assert.Equal((null, null, "a"), (await site.ReadAsync("x:v1"), await site.ReadAsync("y:v1"), await site.ReadAsync("w:v1")));
        Assert.Equal(HttpStatusCode.Forbidden, (await PushAsync(site, "Z", [State("x:v1", "z", "Z", now)])).Status);
    }

    [Fact]
    public async Task Push_Oversized_IsRefused()
    {
        await using var site = await KnowingAsync("A");
        var now = site.Time.GetUtcNow();
        var large = new string('h', 500);
        Assert.Equal(HttpStatusCode.BadRequest, (await PushAsync(site, "A", [.. Enumerable.Range(0, SyncLimits.MostStates + 1).Select(i => State($"d{i}", "h", "A", now))])).Status);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await PushAsync(site, "A", [.. Enumerable.Range(0, 3900).Select(i => State($"d{i}", large + large, "A", now))])).Status);
        var fat = State("x:v1", "h", "A", now) with { Value = new RawJson(Encoding.UTF8.GetBytes($$$"""{"hash":"h","size_bytes":1,"metadata":{"name":"{{{new string('n', 300_000)}}}"}}""")) };
        var nonsense = State("x:v1", "h", "A", now) with { Value = new RawJson("{\"what\":[1,2]}"u8.ToArray()) };
        var escaping = State("../../x", "h", "A", now);
        var (_, answer) = await PushAsync(site, "A", [fat, nonsense, escaping]);
        Assert.Equal(["too_large", "invalid_value", "invalid_name"], answer.GetProperty("refused").EnumerateArray().Select(refused => refused.GetProperty("reason").GetString()!));
        Assert.Equal(0, await site.Log.ReadAsync(view => view.Map.Count, Cancel));
    }

    [Fact]
    public async Task Sync_WhereTrustIsRequired_TakesOnlyWhatTrustedKeysSigned()
    {
        await using var signed = await TestSite.StartAsync("S");
        await using var stranger = await TestSite.StartAsync("U");
        await using var strict = await TestSite.StartAsync("T", require: true, trusted: signed.Keys.Root);
        await MeetAsync(strict, signed);
        await MeetAsync(strict, stranger);
        await signed.WriteAsync("x:v1", "signed");
        await stranger.WriteAsync("y:v1", "unknown-key");
        await strict.SyncAsync(signed);
        await strict.SyncAsync(stranger);
        Assert.Equal(("signed", null), (await strict.ReadAsync("x:v1"), await strict.ReadAsync("y:v1")));
        Assert.InRange((await strict.RefusedAsync("U"))["unverifiable_signature"], 1, 10);

        // Neither a changed value, nor a stripped signature, nor a signature of something else.
        var state = (await StatesAsync(signed))[0];
        var later = state with { Time = state.Time.Next, Value = new RawJson("""{"hash":"forged","size_bytes":1,"metadata":{}}"""u8.ToArray()) };
        foreach (var forged in new[] { later, later with { KeyId = null, Signature = null }, later with { Signature = "AAAA" } })
        {
            var (_, answer) = await PushAsync(strict, "S", [forged]);
            Assert.Equal("unverifiable_signature", answer.GetProperty("refused")[0].GetProperty("reason").GetString());
        }

        Assert.Equal("signed", await strict.ReadAsync("x:v1"));
    }

    [Fact]
    public async Task Sync_AfterOneSideWasRestored_GivesItBackWhatItLost()
    {
        var store = new MemoryRecordStore(TimeProvider.System);
        await using var a = await TestSite.StartAsync("A");
        await using var b = await TestSite.StartAsync("B", store);
        await MeetAsync(a, b);
        await b.WriteAsync("old:v1", "kept");
        await a.SyncAsync(b);
        var backup = await CopyAsync(store);
        await b.WriteAsync("lost:v1", "written-after-the-backup");
        await a.WriteAsync("a:v1", "from-a");
        await a.SyncAsync(b);

        await using var restored = await TestSite.StartAsync("B", backup);
        await a.KnowAsync(restored);
        await restored.KnowAsync(a);
        await restored.WriteAsync("new:v1", "written-after-the-restore");
        // Its keys are in its data directory, not in its store: here they are new, so what it wrote itself comes back only because it is signed by a key it had.
        await a.SyncAsync(restored);
        restored.AntiEntropy.Demand("A");
        await restored.SyncAsync(a);
        a.AntiEntropy.Demand("B");
        await a.SyncAsync(restored);
        Assert.Equal(("kept", "from-a"), (await restored.ReadAsync("old:v1"), await restored.ReadAsync("a:v1")));
        Assert.Equal(("written-after-the-restore", "written-after-the-backup"), (await a.ReadAsync("new:v1"), await a.ReadAsync("lost:v1")));
    }

    [Fact]
    public async Task Sync_SiteRestoredFromBeyondTheHorizon_CannotResurrectAndSaysSo()
    {
        var clock = new MovableTime();
        var store = new MemoryRecordStore(clock);
        await using var a = await TestSite.StartAsync("A", clock: clock);
        await using var b = await TestSite.StartAsync("B", store, clock: clock);
        await MeetAsync(a, b);
        await a.WriteAsync("removed:v1", "from-a");
        await b.WriteAsync("removed-too:v1", "from-b");
        await b.WriteAsync("kept:v1", "from-b");
        await a.SyncAsync(b);
        await b.SyncAsync(a);
        var backup = await CopyAsync(store);
        await a.WriteAsync("removed:v1", null);
        await a.WriteAsync("removed-too:v1", null);
        await a.SyncAsync(b);

        clock.Move(TimeSpan.FromDays(40));
        Assert.Equal(2, await LogUpkeep.ForgetAsync(a.Log, LogUpkeep.Horizon(clock.GetUtcNow(), TimeSpan.FromDays(30)), Cancel));
        await using var restored = await TestSite.StartAsync("B", backup, clock: clock);
        Assert.Equal("from-a", await restored.ReadAsync("removed:v1"));
        await a.KnowAsync(restored);
        await restored.KnowAsync(a);
        var progress = await new SiteProgressRecords(backup, clock).ReadAsync("A", Cancel);
        restored.Board.Update("A", standing => standing with { Progress = progress });
        await restored.WriteAsync("new:v1", "after-the-restore");
        await restored.SyncAsync(a);
        await a.SyncAsync(restored);

        Assert.Equal((null, null), (await a.ReadAsync("removed:v1"), await a.ReadAsync("removed-too:v1")));
        Assert.Equal((null, null), (await restored.ReadAsync("removed:v1"), await restored.ReadAsync("removed-too:v1")));
        Assert.Equal(("from-b", "after-the-restore"), (await a.ReadAsync("kept:v1"), await a.ReadAsync("new:v1")));
        Assert.Equal(await a.RootAsync(), await restored.RootAsync());
        Assert.Equal(2, (await a.RefusedAsync("B"))[StateGate.BeyondHorizon]);
    }

    private static async Task<TestSite> KnowingAsync(params string[] names)
    {
        var site = await TestSite.StartAsync("B");
        foreach (var name in names)
        {
            await site.Directory.PutAsync(new Site { Name = name, Url = new Uri("http://127.0.0.1:9") }, Cancel);
        }

        return site;
    }

    private static FieldState State(string id, string hash, string site, DateTimeOffset time) => new()
    {
        Collection = "models",
        Id = id,
        Field = "f",
        Time = HybridTime.Of(time),
        Site = site,
        Value = new RawJson(Encoding.UTF8.GetBytes($$$"""{"hash":"{{{hash}}}","size_bytes":1,"metadata":{}}""")),
    };

    private static async Task<MemoryRecordStore> CopyAsync(MemoryRecordStore store)
    {
        var copy = new MemoryRecordStore(TimeProvider.System);
        await foreach (var path in store.ListAsync("documents/", Cancel))
        {
            await copy.WriteAsync(path, (await store.ReadAsync(path, Cancel))!.Content, RecordCondition.None, Cancel);
        }

        return copy;
    }
}
