using ModelPlatform.FunctionalTests.Platform;

[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
[assembly: AssemblyFixture(typeof(PlatformFixture))]

namespace ModelPlatform.FunctionalTests.Platform;

/// <summary>One platform and one origin for all tests that neither kill nor restart anything. They start with the first test that asks.</summary>
public sealed class PlatformFixture : IAsyncDisposable
{
    private readonly SemaphoreSlim gate = new(1);
    private RunningPlatform? platform;
    private Origin? origin;

    /// <summary>A web server whose every byte is known, and which the platform may fetch from.</summary>
    public Origin Origin => origin ?? throw new InvalidOperationException("Ask for the platform first.");

    public async Task<RunningPlatform> GetAsync(CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            origin ??= await Origin.StartAsync();
            return platform ??= await RunningPlatform.StartAsync(
                new PlatformOptions { Environment = new Dictionary<string, string> { ["Fetch__AllowedOrigins__0"] = origin.Address } }, cancellationToken);
        }
        finally
        {
            gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (platform is not null)
        {
            await platform.DisposeAsync();
        }

        if (origin is not null)
        {
            await origin.DisposeAsync();
        }

        gate.Dispose();
    }
}
