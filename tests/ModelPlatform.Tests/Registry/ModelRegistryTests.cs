using System.Text.Json.Nodes;
using ModelPlatform.Chunks.Memory;
using ModelPlatform.Fetching;
using ModelPlatform.Integrity;
using ModelPlatform.Manifests;
using ModelPlatform.Manifests.Memory;
using ModelPlatform.Registry;
using ModelPlatform.Sources;
using ModelPlatform.Tests.Stores;

namespace ModelPlatform.Tests.Registry;

public sealed class ModelRegistryTests(GarnetFixture fixture) : IClassFixture<GarnetFixture>, IAsyncLifetime
{
    private readonly MemoryRecordStore records = new(TimeProvider.System);
    private readonly MemoryChunkStore chunks = new(TimeProvider.System);
    private GarnetServer garnet = null!;
    private RegistryHost host = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        garnet = await fixture.StartAsync();
        await garnet.EmptyAsync();
        host = await RegistryHost.StartAsync(garnet, records, chunks);
    }

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Fact]
    public async Task Publish_AModel_IsFoundListedAndSigned()
    {
        var published = await host.PublishAsync("org/small:1.0.0", metadata: new JsonObject { ["pipelineTag"] = "feature-extraction", ["description"] = "Makes vectors", ["baseModel"] = "org/base" });

        var found = await host.FindAsync("org/small");
        Assert.NotNull(found);
        Assert.Equal(published.ETag, found.ETag);
        Assert.Equal("model.onnx", found.Manifest.Artifacts[0].Path);
        Assert.Equal("config.json", found.Manifest.Artifacts[1].Path);
        Assert.Equal(("embedding_model", "micro", 256L * 1024 * 1024), (found.Manifest.Model.Type, found.Manifest.Model.Tier, found.Manifest.Model.MemoryRequirement));
        Assert.Equal(["embed", "retrieve"], found.Manifest.Capabilities);
        Assert.Equal("org/base", found.Manifest.Provenance!.ParentLineage);
        Assert.Single(found.Manifest.Integrity!.Signatures);

        var row = Assert.Single((await host.Registry.ListAsync(new CatalogQuery(), Cancel)).Models);
        Assert.Equal(("org/small:1.0.0", 2502L), (row.Id, row.Size));
    }

    [Fact]
    public async Task Publish_SameContentAndOriginAgain_GivesTheFirst()
    {
        var first = await host.PublishAsync("m:v1");
        var second = await host.PublishAsync("m:v1");
        Assert.Equal(first.ETag, second.ETag);
        Assert.Single(await PathsAsync("manifests/models/m/v1/card."));
    }

    [Theory]
    [InlineData(2, "fixture")]
    [InlineData(1, "elsewhere")]
    public async Task Publish_OtherContentOrOrigin_IsAConflict(int seed, string reference)
    {
        var first = await host.PublishAsync("m:v1");
        var second = await host.Registry.PublishAsync(first.Id, await host.ModelAsync(seed, reference: reference), RegistryHost.Card(reference), NoFence, Cancel);
        Assert.Equal(ErrorCode.ModelNameConflict, second.Error?.Code);
        Assert.Equal(first.ETag, (await host.FindAsync("m:v1"))!.ETag);
        Assert.Equal("fixture", (await host.FindAsync("m:v1"))!.Card.Origin!.Reference);
    }

    [Fact]
    public async Task Publish_TwentyAtOnceFromTwoProcesses_OneContentWins()
    {
        await using var other = await RegistryHost.StartAsync(garnet, records, chunks);
        var models = new List<FetchedModel>();
        for (var seed = 0; seed < 2; seed++)
        {
            models.Add(await host.ModelAsync(seed, reference: $"r{seed}"));
        }

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(async () =>
            (Seed: i % 2, Result: await (i % 4 < 2 ? host : other).Registry.PublishAsync(new ModelId("race", "v1"), models[i % 2], RegistryHost.Card($"r{i % 2}"), NoFence, Cancel)))));

        var winners = answers.Where(answer => answer.Result.IsSuccess).Select(answer => (answer.Seed, answer.Result.Value.ETag)).Distinct().ToList();
        var winner = Assert.Single(winners);
        Assert.Equal(10, answers.Count(answer => answer.Result.Error?.Code == ErrorCode.ModelNameConflict));
        foreach (var process in new[] { host, other })
        {
            var found = await process.FindAsync("race");
            Assert.Equal(winner.ETag, found!.ETag);
            Assert.Equal($"r{winner.Seed}", found.Card.Origin!.Reference);
        }

        Assert.Single(await PathsAsync("manifests/models/race/v1/card."));
    }

    [Fact]
    public async Task Publish_AChunkIsGone_PublishesNothing()
    {
        var model = await host.ModelAsync(1);
        var lost = model.Files[1].Chunks[1];
        await RemoveAsync(lost);
        var answer = await host.Registry.PublishAsync(new ModelId("m", "v1"), model, RegistryHost.Card(), NoFence, Cancel);
        Assert.Equal(ErrorCode.StorageFailed, answer.Error?.Code);
        Assert.Contains(lost.ToString(), answer.Error!.Message, StringComparison.Ordinal);
        Assert.Empty(await PathsAsync("manifests/models/"));
    }

    [Fact]
    public async Task Publish_AChunkGoesInTheLastMoment_TakesTheManifestBack()
    {
        var model = await host.ModelAsync(1);
        var calls = 0;
        var answer = await host.Registry.PublishAsync(new ModelId("m", "v1"), model, RegistryHost.Card(), async _ =>
        {
            if (++calls == 2)
            {
                await RemoveAsync(model.Files[1].Chunks[0]);
            }
        }, Cancel);
        Assert.Equal(ErrorCode.StorageFailed, answer.Error?.Code);
        Assert.Empty(await PathsAsync("manifests/models/"));
        Assert.Null(await host.FindAsync("m"));
    }

    [Fact]
    public async Task Publish_AChunkOfAnotherLength_IsRefused()
    {
        var model = await host.ModelAsync(1);
        var file = model.Files[1];
        var wrong = RegistryHost.Describe([file with { Chunks = [file.Chunks[2], .. file.Chunks.Skip(1)] }]);
        var answer = await host.Registry.PublishAsync(new ModelId("m", "v1"), wrong, RegistryHost.Card(), NoFence, Cancel);
        Assert.Equal(ErrorCode.IntegrityFailed, answer.Error?.Code);
    }

    [Fact]
    public async Task Publish_TheLeaseIsLost_PublishesNothing()
    {
        var model = await host.ModelAsync(1);
        await Assert.ThrowsAsync<StaleLeaseException>(() =>
            host.Registry.PublishAsync(new ModelId("m", "v1"), model, RegistryHost.Card(), _ => throw new StaleLeaseException("gone"), Cancel));
        Assert.Empty(await PathsAsync("manifests/models/"));
    }

    [Fact]
    public async Task Publish_TouchesEveryChunk()
    {
        var model = await host.ModelAsync(1);
        var before = await ETagsAsync();
        await host.Registry.PublishAsync(new ModelId("m", "v1"), model, RegistryHost.Card(), NoFence, Cancel);
        var after = await ETagsAsync();
        Assert.All(before, pair => Assert.NotEqual(pair.Value, after[pair.Key]));
    }

    [Fact]
    public async Task Publish_NameInAnotherCase_IsAConflict()
    {
        await host.PublishAsync("Org/Model:v1");
        var answer = await host.Registry.PublishAsync(new ModelId("org/model", "v2"), await host.ModelAsync(2), RegistryHost.Card(), NoFence, Cancel);
        Assert.Equal(ErrorCode.ModelNameConflict, answer.Error?.Code);
        Assert.Equal("Org/Model", (await host.Registry.FindCaseClashAsync(new ModelId("org/model", "v2"), Cancel))?.Name);

        Assert.True((await host.Registry.DeleteAsync(new ModelId("Org/Model", "v1"), Cancel)).IsSuccess);
        Assert.Null(await host.Registry.FindCaseClashAsync(new ModelId("org/model", "v2"), Cancel));
        await host.PublishAsync("org/model:v2", 2);
    }

    [Theory]
    [InlineData("1.10.0", "1.2.0", "1.10.0", "1.9.9")]
    [InlineData("v10", "v2", "v10", "v9")]
    [InlineData("2.0.0", "2.0.0-rc.1", "2.0.0", "2.0.0-rc.2")]
    [InlineData("last", "9.0.0", "first", "last")]
    public async Task Find_WithoutVersion_GivesTheNewest(string expected, params string[] versions)
    {
        for (var i = 0; i < versions.Length; i++)
        {
            await host.PublishAsync($"m:{versions[i]}", i, RegistryHost.Card(publishedAt: DateTimeOffset.UnixEpoch.AddDays(i)));
        }

        Assert.Equal(expected, (await host.FindAsync("m"))!.Id.Version);
    }

    [Fact]
    public async Task Alias_SetMovedAndRemoved_StandsForItsVersion()
    {
        await host.PublishAsync("m:v1");
        await host.PublishAsync("m:v2", 2);
        var aliases = host.Get<IModelAliases>();
        Assert.True((await aliases.SetAsync(new ModelId("m", "v1"), "champion", Cancel)).IsSuccess);
        Assert.Equal("v1", (await host.FindAsync("m@champion"))!.Id.Version);
        Assert.True((await aliases.SetAsync(new ModelId("m", "v2"), "champion", Cancel)).IsSuccess);
        Assert.Equal("v2", (await host.FindAsync("m@champion"))!.Id.Version);
        Assert.Equal(ErrorCode.ModelNotFound, (await aliases.SetAsync(new ModelId("m", "v3"), "champion", Cancel)).Error?.Code);

        await host.Registry.DeleteAsync(new ModelId("m", "v2"), Cancel);
        Assert.Null(await host.FindAsync("m@champion"));
        Assert.Equal(ErrorCode.NotFound, (await aliases.RemoveAsync("m", "champion", Cancel)).Error?.Code);
    }

    [Fact]
    public async Task UpdateCard_FromTwoProcesses_LosesNoChange()
    {
        await using var other = await RegistryHost.StartAsync(garnet, records, chunks);
        var entry = await host.PublishAsync("m:v1");
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() =>
            (i % 2 == 0 ? host : other).Registry.UpdateCardAsync(entry.Id, card => card with { Tags = [.. card.Tags, $"t{i}"] }, Cancel))));
        Assert.Equal(20, (await other.FindAsync("m"))!.Card.Tags.Count);
        Assert.Equal(20, Assert.Single((await host.Registry.ListAsync(new CatalogQuery { Text = "t19" }, Cancel)).Models).Tags.Count);
        Assert.Equal(entry.ETag, (await host.FindAsync("m"))!.ETag);
    }

    [Fact]
    public async Task Delete_AModel_IsGoneForEveryProcess()
    {
        await using var other = await RegistryHost.StartAsync(garnet, records, chunks);
        var entry = await host.PublishAsync("m:v1");
        Assert.NotNull(await other.FindAsync("m"));
        Assert.True((await host.Registry.DeleteAsync(entry.Id, Cancel)).IsSuccess);
        Assert.Null(await other.FindAsync("m"));
        Assert.Null(await other.FindAsync("m:v1"));
        Assert.Empty((await other.Registry.ListAsync(new CatalogQuery(), Cancel)).Models);
        Assert.Equal(ErrorCode.ModelNotFound, (await host.Registry.DeleteAsync(entry.Id, Cancel)).Error?.Code);
        Assert.Equal(4, (await ETagsAsync()).Count);
        await host.PublishAsync("m:v1", 2);
        Assert.NotNull(await other.FindAsync("m"));
    }

    [Fact]
    public async Task List_FiltersAndCursor_GiveEachMatchOnce()
    {
        for (var i = 0; i < 25; i++)
        {
            await host.PublishAsync($"m{i}:v1", i, RegistryHost.Card(publishedAt: DateTimeOffset.UnixEpoch.AddDays(i)) with { Stage = i % 2 == 0 ? "production" : "development" });
        }

        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await host.Registry.ListAsync(new CatalogQuery { Stage = "production", Tier = "micro", Limit = 4, Cursor = cursor }, Cancel);
            seen.AddRange(page.Models.Select(model => model.Name));
            cursor = page.NextCursor;
            await host.PublishAsync($"later{seen.Count}:v1", 100 + seen.Count, RegistryHost.Card(publishedAt: DateTimeOffset.UnixEpoch.AddYears(1)) with { Stage = "production" });
        }
        while (cursor is not null);

        Assert.Equal(Enumerable.Range(0, 25).Where(i => i % 2 == 0).Select(i => $"m{i}").Reverse(), seen);
        Assert.Empty((await host.Registry.ListAsync(new CatalogQuery { Tier = "large" }, Cancel)).Models);
        Assert.Single((await host.Registry.ListAsync(new CatalogQuery { Text = "M24 v1" }, Cancel)).Models);
        var error = await Assert.ThrowsAsync<PlatformException>(async () => await host.Registry.ListAsync(new CatalogQuery { Cursor = "bm90IG9uZQ" }, Cancel));
        Assert.Equal(ErrorCode.InvalidRequest, error.Error.Code);
    }

    [Fact]
    public async Task Index_RedisComesUpEmpty_IsBuiltFromTheManifests()
    {
        await host.PublishAsync("m:v1");
        await host.PublishAsync("m:v2", 2);
        await garnet.EmptyAsync();
        Assert.Equal(2, (await host.Registry.ListAsync(new CatalogQuery(), Cancel)).Models.Count);
        await host.PublishAsync("n:v1", 3);
        Assert.Equal(3, (await host.Registry.ListAsync(new CatalogQuery(), Cancel)).Models.Count);
    }

    [Fact]
    public async Task Index_RebuiltWhileOthersPublishAndDelete_MatchesTheStore()
    {
        await using var other = await RegistryHost.StartAsync(garnet, records, chunks);
        for (var i = 0; i < 30; i++)
        {
            await host.PublishAsync($"old{i}:v1", i);
        }

        var index = host.Get<IRegistryIndex>();
        var rebuilding = Task.Run(async () =>
        {
            for (var i = 0; i < 5; i++)
            {
                await index.RebuildAsync(Cancel);
            }
        }, Cancel);
        var changing = Task.Run(async () =>
        {
            for (var i = 0; i < 30; i++)
            {
                await other.PublishAsync($"new{i}:v1", 100 + i);
                await other.Registry.DeleteAsync(new ModelId($"old{i}", "v1"), Cancel);
            }
        }, Cancel);
        await Task.WhenAll(rebuilding, changing, Task.Run(() => other.Get<IRegistryIndex>().RebuildAsync(Cancel), Cancel));

        var expected = Enumerable.Range(0, 30).Select(i => $"new{i}").Order(StringComparer.Ordinal);
        foreach (var process in new[] { host, other })
        {
            Assert.Equal(expected, (await process.Registry.ListAsync(new CatalogQuery(), Cancel)).Models.Select(model => model.Name).Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public async Task Find_RedisIsAway_AnswersFromTheStore()
    {
        await host.PublishAsync("m:v1");
        await host.PublishAsync("m:v2", 2);
        await garnet.KillAsync();
        Assert.Equal("v2", (await host.FindAsync("m"))!.Id.Version);
        Assert.NotNull(await host.FindAsync("m:v1"));
        var error = await Assert.ThrowsAsync<PlatformException>(async () => await host.Registry.ListAsync(new CatalogQuery(), Cancel));
        Assert.Equal(ErrorCode.StorageFailed, error.Error.Code);

        await garnet.StartAsync(Cancel);
        for (var i = 0; i < 100 && !host.Redis.Multiplexer.IsConnected; i++)
        {
            await Task.Delay(100, Cancel);
        }

        Assert.Equal(2, (await host.Registry.ListAsync(new CatalogQuery(), Cancel)).Models.Count);
    }

    [Theory]
    [InlineData("{\"schemaVersion\":\"2.0.0\",\"mod", ErrorCode.IntegrityFailed)]
    [InlineData("{\"schemaVersion\":\"3.0.0\",\"whatever\":1}", ErrorCode.InvalidState)]
    [InlineData("{}", ErrorCode.IntegrityFailed)]
    public async Task Store_HoldsAManifestThatCannotBeUsed_ItIsNamedAndLeftAlone(string content, ErrorCode code)
    {
        await host.PublishAsync("good:v1");
        var bytes = System.Text.Encoding.UTF8.GetBytes(content);
        await records.WriteAsync("manifests/models/bad/v1/manifest.json", bytes, RecordCondition.None, Cancel);

        var built = await host.Get<IRegistryIndex>().RebuildAsync(Cancel);
        Assert.Equal(1, built.Models);
        Assert.Contains("bad:v1", Assert.Single(built.Problems), StringComparison.Ordinal);
        Assert.Equal("good", Assert.Single((await host.Registry.ListAsync(new CatalogQuery(), Cancel)).Models).Name);

        var error = await Assert.ThrowsAsync<PlatformException>(() => host.FindAsync("bad:v1"));
        Assert.Equal(code, error.Error.Code);
        var answer = await host.Registry.PublishAsync(new ModelId("bad", "v1"), await host.ModelAsync(1), RegistryHost.Card(), NoFence, Cancel);
        Assert.Equal(code, answer.Error?.Code);
        Assert.Equal(bytes, (await records.ReadAsync("manifests/models/bad/v1/manifest.json", Cancel))!.Content.ToArray());
    }

    [Fact]
    public async Task Registration_BeforeAndAfterTheModel_StaysUntilUnregistered()
    {
        var registrations = host.Get<IModelRegistrations>();
        var id = new ModelId("m", "v1");
        var put = await registrations.PutAsync(id, new ModelRegistration { ModelType = "embedding_model", RepoId = "org/m" }, Cancel);
        Assert.True(put.IsSuccess);
        await host.PublishAsync("m:v1");
        await host.Registry.DeleteAsync(id, Cancel);
        Assert.Equal(put.Value, await registrations.FindAsync(id, Cancel));
        Assert.Equal(ErrorCode.ModelNameConflict, (await registrations.PutAsync(new ModelId("M", "v1"), put.Value, Cancel)).Error?.Code);
        Assert.True(await registrations.RemoveAsync(id, Cancel));
        Assert.Null(await registrations.FindAsync(id, Cancel));
    }

    private static ValueTask NoFence(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    private async Task RemoveAsync(Sha256Digest id)
    {
        await foreach (var chunk in chunks.ListAsync(Cancel))
        {
            if (chunk.Id == id)
            {
                Assert.True(await chunks.DeleteAsync(chunk, Cancel));
            }
        }
    }

    private async Task<Dictionary<Sha256Digest, string>> ETagsAsync()
    {
        var etags = new Dictionary<Sha256Digest, string>();
        await foreach (var chunk in chunks.ListAsync(Cancel))
        {
            etags[chunk.Id] = chunk.ETag;
        }

        return etags;
    }

    private async Task<List<string>> PathsAsync(string prefix)
    {
        var paths = new List<string>();
        await foreach (var path in records.ListAsync(prefix, Cancel))
        {
            paths.Add(path);
        }

        return paths;
    }
}
