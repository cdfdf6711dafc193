using Microsoft.Extensions.DependencyInjection;
using ModelPlatform.Integrity;
using ModelPlatform.Jobs;
using ModelPlatform.Jobs.Tracking;
using ModelPlatform.Registry;
using ModelPlatform.Sources;

namespace ModelPlatform.Tests.Jobs;

public sealed class BranchTrackingTests(GarnetFixture fixture) : IClassFixture<GarnetFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RunAsync_BranchMoved_FetchesTheNewRevisionOnceAsItsOwnVersion()
    {
        var engine = new ScriptedEngine((_, _, _, _, _) => Task.FromResult<PlatformError?>(null)) { Revision = "0000000000000000000000000000000000000001" };
        var registry = new MemoryRegistry();
        await using var server = await JobServerHost.StartAsync(fixture.Server, engine, registry);
        var ticket = (await server.Jobs.CreateAsync(JobServerHost.Request("followed") with { Source = "huggingface", SourceReference = "org/name", Revision = "main", Track = true }, Token)).Value;
        await server.UntilAsync(ticket.JobId!, job => job.Status == FetchStatus.Completed);
        var tracking = server.Services.GetRequiredService<BranchTracking>();

        await tracking.RunAsync(Token);
        Assert.Single(await server.Jobs.ListAsync(null, "followed", 50, Token));

        engine.Revision = "abcdef0123456789abcdef0123456789abcdef01";
        await tracking.RunAsync(Token);
        await tracking.RunAsync(Token);
        var job = Assert.Single(await server.Jobs.ListAsync(null, "followed", 50, Token), job => job.ModelVersion == "abcdef012345");
        job = await server.UntilAsync(job.Id, job => job.Status == FetchStatus.Completed);
        Assert.Equal((engine.Revision, false), (job.Revision, job.Track));
        Assert.NotNull(await registry.FindAsync(new ModelReference("followed", "abcdef012345", null), Token));

        await tracking.RunAsync(Token);
        Assert.Equal(2, (await server.Jobs.ListAsync(null, "followed", 50, Token)).Count);
        Assert.Equal(engine.Revision, Assert.Single(await server.Services.GetRequiredService<TrackedBranches>().ListAsync()).Revision);
    }

    [Fact]
    public async Task RequestAsync_ModelLostChunks_FetchesItAgainPinnedToItsRevision()
    {
        var engine = new ScriptedEngine((_, _, _, _, _) => Task.FromResult<PlatformError?>(null)) { Revision = "0000000000000000000000000000000000000002" };
        var registry = new MemoryRegistry();
        await using var server = await JobServerHost.StartAsync(fixture.Server, engine, registry);
        var ticket = (await server.Jobs.CreateAsync(JobServerHost.Request("damaged"), Token)).Value;
        await server.UntilAsync(ticket.JobId!, job => job.Status == FetchStatus.Completed);
        var entry = (await registry.FindAsync(new ModelReference("damaged", "v1", null), Token))!;

        await server.Services.GetRequiredService<IModelRepair>().RequestAsync(entry, [Sha256Digest.Of([1])], Token);

        var repair = (await server.Jobs.ListAsync(null, "damaged", 50, Token))[0];
        Assert.NotEqual(ticket.JobId, repair.Id);
        repair = await server.UntilAsync(repair.Id, job => job.Status == FetchStatus.Completed);
        Assert.Equal((engine.Revision, FetchPriority.High), (repair.Revision, repair.Priority));
        Assert.Equal(2, engine.Calls("damaged"));
    }
}
