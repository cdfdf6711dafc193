using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using ModelPlatform.Chunks.Azure;
using ModelPlatform.Chunks.Memory;
using ModelPlatform.Integrity;
using ModelPlatform.Manifests.Azure;
using ModelPlatform.Manifests.Memory;
using ModelPlatform.Registry;
using ModelPlatform.Tests.Stores;

namespace ModelPlatform.Tests.Registry;

public sealed class PublicationGuardTests(GarnetFixture fixture) : IClassFixture<GarnetFixture>
{
    private readonly FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Azurite acknowledges what it keeps only in memory for up to five seconds: a kill right after a publication takes manifest and chunks with it.</summary>
    [Fact]
    public async Task Azurite_KilledRightAfterAPublication_TheModelComesBackAndItsChunksAreAskedFor()
    {
        var garnet = await fixture.StartAsync();
        await garnet.EmptyAsync();
        await using var azurite = await AzuriteServer.StartNewAsync(Cancel);
        var records = new AzureRecordStore(azurite.CreateClient());
        var chunks = new AzureChunkStore(azurite.CreateClient().GetBlobContainerClient("chunks"), default, TimeProvider.System);
        var repair = new RecordedRepair();
        await using var host = await RegistryHost.StartAsync(garnet, records, chunks, time: time, repair: repair);
        var guard = host.Get<PublicationGuard>();

        ModelEntry published;
        var attempt = 0;
        do
        {
            // A save of the index may fall between publication and kill; then nothing is lost and another try is made.
            published = await host.PublishAsync($"m{attempt}:v1", attempt, RegistryHost.Card() with { Tags = ["kept"] });
            await azurite.KillAsync();
            await azurite.StartAsync(Cancel);
        }
        while (await records.ReadAsync(RegistryPaths.Manifest(published.Id), Cancel) is not null && ++attempt < 10);
        Assert.Null(await records.ReadAsync(RegistryPaths.Manifest(published.Id), Cancel));

        await guard.CheckAsync(Cancel);
        Assert.Null(await records.ReadAsync(RegistryPaths.Manifest(published.Id), Cancel));

        time.Advance(PublicationJournal.Settling);
        await guard.CheckAsync(Cancel);
        var found = await host.FindAsync(published.Id.ToString());
        Assert.Equal(published.ETag, found?.ETag);
        Assert.Equal(["kept"], found!.Card.Tags);
        var wanted = published.Manifest.Artifacts.SelectMany(artifact => artifact.Chunking.ChunkHashes).ToHashSet();
        Assert.Equal(published.Id, Assert.Single(repair.Requests.Keys));
        Assert.ProperSuperset(new HashSet<Sha256Digest>(), repair.Requests[published.Id]);
        Assert.Subset(wanted, repair.Requests[published.Id]);
        Assert.Equal([published.Id], await host.Get<IStoredManifests>().ReadLostAsync(Cancel));
        await using var api = await RegistryApi.StartAsync(garnet, host);
        Assert.Equal("downloading", await StatusAsync(api, published.Id));

        await host.ModelAsync(attempt);
        time.Advance(PublicationJournal.Settling);
        await guard.CheckAsync(Cancel);
        Assert.Empty(await host.Get<IStoredManifests>().ReadLostAsync(Cancel));
        Assert.Equal(0, await host.Redis.SortedSetLengthAsync("mp:{registry}:recent"));
        Assert.Equal("downloaded", await StatusAsync(api, published.Id));
    }

    private static async Task<string?> StatusAsync(RegistryApi api, ModelId id) =>
        (await api.Client.GetFromJsonAsync<JsonObject>($"/v1/models/{id}", Cancel))!["status"]!.GetValue<string>();

    [Fact]
    public async Task Store_KeepsThePublication_ItIsForgotten()
    {
        await using var host = await StartAsync();
        await host.PublishAsync("m:v1");
        Assert.Equal(1, await host.Redis.SortedSetLengthAsync("mp:{registry}:recent"));
        time.Advance(PublicationJournal.Settling);
        await host.Get<PublicationGuard>().CheckAsync(Cancel);
        Assert.Equal(0, await host.Redis.SortedSetLengthAsync("mp:{registry}:recent"));
        Assert.Empty(await host.Get<IStoredManifests>().ReadLostAsync(Cancel));
    }

    [Fact]
    public async Task Model_DeletedWhileItIsFresh_StaysDeleted()
    {
        await using var host = await StartAsync();
        var entry = await host.PublishAsync("m:v1");
        await host.Registry.DeleteAsync(entry.Id, Cancel);
        time.Advance(PublicationJournal.Settling);
        await host.Get<PublicationGuard>().CheckAsync(Cancel);
        Assert.Null(await host.FindAsync("m:v1"));
        Assert.Null(await host.Records.ReadAsync(RegistryPaths.Manifest(entry.Id), Cancel));
    }

    [Fact]
    public async Task Publication_ThatFailed_IsNotRemembered()
    {
        await using var host = await StartAsync();
        await host.PublishAsync("m:v1");
        var other = await host.Registry.PublishAsync(new ModelId("m", "v1"), await host.ModelAsync(2), RegistryHost.Card(), _ => ValueTask.CompletedTask, Cancel);
        Assert.False(other.IsSuccess);
        Assert.Equal(1, await host.Redis.SortedSetLengthAsync("mp:{registry}:recent"));
    }

    [Fact]
    public async Task Store_IsAwayAndReturns_NothingIsForgotten()
    {
        var garnet = await fixture.StartAsync();
        await garnet.EmptyAsync();
        await using var azurite = await AzuriteServer.StartNewAsync(Cancel);
        var chunks = new MemoryChunkStore(TimeProvider.System);
        await using var host = await RegistryHost.StartAsync(garnet, new AzureRecordStore(azurite.CreateClient()), chunks, time: time);
        var entry = await host.PublishAsync("m:v1");
        await azurite.KillAsync();
        time.Advance(PublicationJournal.Settling);
        await Assert.ThrowsAsync<ModelPlatform.Sources.PlatformException>(() => host.Get<PublicationGuard>().CheckAsync(Cancel));
        await azurite.StartAsync(Cancel);
        await host.Get<PublicationGuard>().CheckAsync(Cancel);
        Assert.Equal(entry.ETag, (await host.FindAsync("m:v1"))?.ETag);
        Assert.Empty(await host.Get<IStoredManifests>().ReadLostAsync(Cancel));
    }

    private async Task<RegistryHost> StartAsync()
    {
        var garnet = await fixture.StartAsync();
        await garnet.EmptyAsync();
        return await RegistryHost.StartAsync(garnet, new MemoryRecordStore(TimeProvider.System), new MemoryChunkStore(TimeProvider.System), time: time);
    }

    private sealed class RecordedRepair : IModelRepair
    {
        public ConcurrentDictionary<ModelId, HashSet<Sha256Digest>> Requests { get; } = new();

        public ValueTask RequestAsync(ModelEntry model, IReadOnlyCollection<Sha256Digest> missing, CancellationToken cancellationToken)
        {
            Requests[model.Id] = [.. missing];
            return ValueTask.CompletedTask;
        }
    }
}
