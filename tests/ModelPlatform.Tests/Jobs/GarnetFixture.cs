using ModelPlatform.Tests.Stores;

namespace ModelPlatform.Tests.Jobs;

/// <summary>One Garnet for the tests of a class.</summary>
public sealed class GarnetFixture : IAsyncLifetime
{
    public GarnetServer Server { get; } = new();

    public async ValueTask InitializeAsync() => await Server.StartAsync(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
