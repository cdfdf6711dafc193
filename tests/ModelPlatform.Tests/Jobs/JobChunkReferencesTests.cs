using ModelPlatform.Fetching;
using ModelPlatform.Integrity;
using ModelPlatform.Jobs;
using ModelPlatform.Sources;
using ModelPlatform.Tests.Stores;
using StackExchange.Redis;

namespace ModelPlatform.Tests.Jobs;

/// <summary>What garbage collection hears of the journals of running jobs, over a real Garnet.</summary>
public sealed class JobChunkReferencesTests(GarnetFixture fixture) : IClassFixture<GarnetFixture>
{
    private readonly GarnetServer garnet = fixture.Server;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ReadAsync_ChunksOfAJob_AreNamedUntilItEnds()
    {
        await garnet.EmptyAsync();
        var (written, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        var chunks = new[] { new JournaledChunk(0, Sha256Digest.Of([1]), 7, 0), new JournaledChunk(5, Sha256Digest.Of([2]), 7, 0), new JournaledChunk(0, Sha256Digest.Of([3]), 9, 0) };
        var engine = new ScriptedEngine(async (_, call, journal, _, token) =>
        {
            if (call == 1)
            {
                await journal.AppendAsync(0, chunks[..2], token);
                await journal.AppendAsync(3, chunks[2..], token);
                written.SetResult();
                await go.Task;
                return new PlatformError(ErrorCode.ModelNotFound, "gone");
            }

            return null;
        });
        await using var host = await JobServerHost.StartAsync(garnet, engine, new MemoryRegistry());
        await using var connection = await garnet.ConnectAsync();
        var references = new JobChunkReferences(connection, TimeProvider.System);

        var job = (await host.Jobs.CreateAsync(JobServerHost.Request("named"), Token)).Value.JobId!;
        await written.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.Equal(chunks.Select(chunk => chunk.Id).ToHashSet(), await ReadAsync(references));

        // A failed job is not over for its caller, but what it noted is collected unless it is begun again.
        go.SetResult();
        await host.UntilAsync(job, found => found.Status == FetchStatus.Failed);
        Assert.Empty(await ReadAsync(references));
        await host.Jobs.ActAsync(job, FetchAction.Retry, Token);
        await host.UntilAsync(job, found => found.Status == FetchStatus.Completed);
        Assert.Empty(await ReadAsync(references));
    }

    [Fact]
    public async Task KnownSinceAsync_RedisComesUpEmpty_BeginsAnew()
    {
        await garnet.EmptyAsync();
        await using var connection = await garnet.ConnectAsync();
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var references = new JobChunkReferences(connection, time);

        var first = await references.KnownSinceAsync(Token);
        time.Advance(TimeSpan.FromHours(30));
        Assert.Equal(first, await references.KnownSinceAsync(Token));
        await garnet.EmptyAsync();
        Assert.Equal(time.GetUtcNow().ToUnixTimeMilliseconds(), (await references.KnownSinceAsync(Token))!.Value.ToUnixTimeMilliseconds());
    }

    private static async Task<HashSet<Sha256Digest>> ReadAsync(JobChunkReferences references) => [.. await references.ReadAsync(Token).ToListAsync(Token)];
}
