namespace ModelPlatform.Tests.Stores;

/// <summary>One Garnet for all tests of a class, started by the first that asks, so that a machine without it skips them with the reason.</summary>
public sealed class GarnetFixture : IAsyncDisposable
{
    private GarnetServer? garnet;

    /// <summary>The running server.</summary>
    public async Task<GarnetServer> StartAsync() => garnet ??= await GarnetServer.StartNewAsync(CancellationToken.None);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => garnet?.DisposeAsync() ?? ValueTask.CompletedTask;
}
