using ModelPlatform.Documents;
using ModelPlatform.Documents.Log;
using ModelPlatform.Documents.Replication;
using ModelPlatform.Manifests;
using ModelPlatform.Manifests.FileSystem;
using ModelPlatform.Manifests.Memory;

namespace ModelPlatform.Tests.Documents.Log;

public sealed class DocumentLogTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("log-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Change_InTwoProcessesAtOnce_BothSeeAll()
    {
        var store = new FileSystemRecordStore(folder, TimeProvider.System);
        using var one = Log(store);
        using var other = Log(store);
        await Task.WhenAll(Enumerable.Range(0, 60).Select(i => StoreAsync(i % 2 == 0 ? one : other, $"d{i}")));
        var roots = new[] { await RootAsync(one), await RootAsync(other), await RootAsync(Log(store)) };
        Assert.Single(roots.Distinct());
        Assert.Equal(60, await one.ReadAsync(view => view.Map.Count, Cancel));
        Assert.Equal(Enumerable.Range(1, 60), await one.ReadAsync(view => view.Map.ChangesAfter(0).Select(cell => (int)cell.Position).ToList(), Cancel));
    }

    [Fact]
    public async Task Compact_ThenMoreWrites_OpensToTheSame()
    {
        var store = new FileSystemRecordStore(folder, TimeProvider.System);
        using var log = Log(store);
        for (var i = 0; i < 20; i++)
        {
            await StoreAsync(log, $"d{i}");
        }

        Assert.True(await log.CompactAsync(Cancel));
        await StoreAsync(log, "d3");
        await StoreAsync(log, "late");
        Assert.True(await log.CompactAsync(Cancel));
        await StoreAsync(log, "later");
        using var again = Log(store);
        Assert.Equal(await RootAsync(log), await RootAsync(again));
        Assert.Equal(
            await log.ReadAsync(view => view.Map.ChangesAfter(10).Select(cell => (cell.Position, cell.State.Key)).ToList(), Cancel),
            await again.ReadAsync(view => view.Map.ChangesAfter(10).Select(cell => (cell.Position, cell.State.Key)).ToList(), Cancel));
    }

    [Fact]
    public async Task Compact_ByAnotherProcess_IsNoticedAfterBlindness()
    {
        var (store, time) = (new MemoryRecordStore(TimeProvider.System), new MovableTime());
        using var idle = Log(store, time);
        using var busy = Log(store, time);
        await StoreAsync(idle, "first");
        await StoreAsync(busy, "second");
        Assert.True(await busy.CompactAsync(Cancel));
        time.Move(TimeSpan.FromHours(2));
        Assert.True(await busy.CompactAsync(Cancel));
        Assert.Null(await new LogRecords(store).ReadAsync(1, Cancel));
        await StoreAsync(idle, "third");
        Assert.Equal(3, await busy.ReadAsync(view => view.Map.Count, Cancel));
        Assert.Equal(await RootAsync(idle), await RootAsync(busy));
    }

    [Fact]
    public async Task Settle_StoreLostItsNewestRecords_PutsThemAgain()
    {
        var store = new MemoryRecordStore(TimeProvider.System);
        using var log = Log(store);
        for (var i = 0; i < 5; i++)
        {
            await StoreAsync(log, $"d{i}");
        }

        foreach (var number in new long[] { 4, 5 })
        {
            await store.DeleteAsync(LogRecords.PathOf(number), RecordCondition.None, Cancel);
        }

        await log.SettleAsync(TimeSpan.Zero, Cancel);
        using var again = Log(store);
        Assert.Equal(await RootAsync(log), await RootAsync(again));
    }

    [Fact]
    public async Task Open_RecordLostInTheMiddle_KeepsWhatFollows()
    {
        var store = new MemoryRecordStore(TimeProvider.System);
        using var log = Log(store);
        for (var i = 0; i < 5; i++)
        {
            await StoreAsync(log, $"d{i}");
        }

        await store.DeleteAsync(LogRecords.PathOf(3), RecordCondition.None, Cancel);
        using var again = Log(store);
        Assert.Equal(4, await again.ReadAsync(view => view.Map.Count, Cancel));
        await StoreAsync(again, "new");
        Assert.NotNull(await new LogRecords(store).ReadAsync(6, Cancel));
    }

    [Fact]
    public async Task Forget_RemovalsOlderThanTheHorizon_DropsThemForAll()
    {
        var (store, time) = (new MemoryRecordStore(TimeProvider.System), new MovableTime());
        using var log = Log(store, time);
        await StoreAsync(log, "kept");
        await StoreAsync(log, "gone");
        Assert.True(DocumentKey.TryCreate("models", "gone", out var key));
        Assert.True(await new DocumentStore(log).RemoveAsync(key, "f", Cancel));
        Assert.Equal(0, await LogUpkeep.ForgetAsync(log, LogUpkeep.Horizon(time.GetUtcNow(), TimeSpan.FromDays(30)), Cancel));
        time.Move(TimeSpan.FromDays(31));
        Assert.Equal(1, await LogUpkeep.ForgetAsync(log, LogUpkeep.Horizon(time.GetUtcNow(), TimeSpan.FromDays(30)), Cancel));
        Assert.Equal(["kept"], await Log(store, time).ReadAsync(view => view.Map.Ids("models", null).ToList(), Cancel));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static DocumentLog Log(IRecordStore store, TimeProvider? time = null) => new(store, null, time ?? TimeProvider.System, "here");

    private static Task StoreAsync(DocumentLog log, string id)
    {
        Assert.True(DocumentKey.TryCreate("models", id, out var key));
        return new DocumentStore(log).StoreAsync(key, "f", new BlobReference { Hash = id, SizeBytes = 1 }, Cancel);
    }

    private static async Task<string> RootAsync(DocumentLog log) => await log.ReadAsync(view => MapDigest.RootOf(view.Map.Digest()), Cancel);
}
