using Microsoft.Playwright;
using ModelPlatform.Dashboard.Tests.Browser;
using ModelPlatform.FunctionalTests.Platform;

[assembly: AssemblyFixture(typeof(BrowserFixture))]

namespace ModelPlatform.Dashboard.Tests.Browser;

/// <summary>One chromium, one platform and one origin for all tests in the browser. They start with the first test that asks.</summary>
public sealed class BrowserFixture : IAsyncDisposable
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

    private readonly SemaphoreSlim gate = new(1);
    private IPlaywright? playwright;
    private IBrowser? browser;
    private RunningPlatform? platform;
    private Origin? origin;

    public Origin Origin => origin ?? throw new InvalidOperationException("Ask for the platform first.");

    /// <summary>Where a test leaves pictures; null where nobody wants them.</summary>
    public static string? Pictures => Environment.GetEnvironmentVariable("MODELPLATFORM_SCREENSHOTS");

    private static string? Chromium { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(folder => Names.Select(name => Path.Combine(folder, name)))
        .FirstOrDefault(File.Exists);

    /// <summary>A fresh browser profile. Skips the test where there is no browser.</summary>
    public async Task<IBrowserContext> NewContextAsync(BrowserNewContextOptions? options = null)
    {
        Assert.SkipUnless(Chromium is not null, "No chromium on this machine: apt-get install chromium");
        await gate.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            playwright ??= await Playwright.CreateAsync();
            browser ??= await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
            {
                ExecutablePath = Chromium,
                Args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
            });
        }
        finally
        {
            gate.Release();
        }

        options ??= new BrowserNewContextOptions();
        options.ViewportSize ??= new ViewportSize { Width = 1360, Height = 860 };
        var context = await browser.NewContextAsync(options);
        context.SetDefaultTimeout(30_000);
        Assertions.SetDefaultExpectTimeout(30_000);
        return context;
    }

    /// <summary>The platform that tests share; it may fetch from <see cref="Origin"/>.</summary>
    public async Task<RunningPlatform> PlatformAsync()
    {
        Assert.SkipUnless(Chromium is not null, "No chromium on this machine: apt-get install chromium");
        await gate.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            origin ??= await Origin.StartAsync();
            return platform ??= await RunningPlatform.StartAsync(
                new PlatformOptions
                {
                    Environment = new Dictionary<string, string> { ["Fetch__AllowedOrigins__0"] = origin.Address, ["MODEL_FETCH_INITIAL_RETRY_DELAY"] = "500" },
                },
                TestContext.Current.CancellationToken);
        }
        finally
        {
            gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null)
        {
            await browser.DisposeAsync();
        }

        playwright?.Dispose();
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
