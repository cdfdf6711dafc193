using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using ModelPlatform.Chunks.Housekeeping;
using ModelPlatform.Integrity;
using GarnetFixture = ModelPlatform.Tests.Jobs.GarnetFixture;

namespace ModelPlatform.Tests.Chunks.Housekeeping;

public sealed class ArtifactUseTests(GarnetFixture fixture) : IClassFixture<GarnetFixture>
{
    private static readonly Sha256Digest One = Sha256Digest.Of([1]);
    private static readonly Sha256Digest Other = Sha256Digest.Of([2]);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task LastUsedAsync_ReadByAnotherProcess_IsSeen()
    {
        await fixture.Server.EmptyAsync();
        await using var connection = await fixture.Server.ConnectAsync();
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        using var reading = new ArtifactUse(connection, time, NullLogger<ArtifactUse>.Instance);
        using var evicting = new ArtifactUse(connection, time, NullLogger<ArtifactUse>.Instance);
        await reading.StartAsync(Token);
        Assert.Null(await evicting.LastUsedAsync([One, Other], Token));

        var held = reading.Begin(One);
        await AdvanceUntilAsync(used => used is not null);
        time.Advance(TimeSpan.FromHours(1));

        // Still being read: as recent as the last write.
        await AdvanceUntilAsync(used => used > time.GetUtcNow() - ArtifactUse.InUse);
        held.Dispose();
        await AdvanceUntilAsync(_ => true);
        time.Advance(TimeSpan.FromHours(1));
        Assert.True(time.GetUtcNow() - await evicting.LastUsedAsync([Other, One], Token) > ArtifactUse.InUse);
        await reading.StopAsync(Token);

        async Task AdvanceUntilAsync(Func<DateTimeOffset?, bool> condition)
        {
            do
            {
                time.Advance(TimeSpan.FromSeconds(10));
                await Task.Delay(20, Token);
            }
            while (!condition(await evicting.LastUsedAsync([One, Other], Token)));
        }
    }
}
