using Microsoft.AspNetCore.Http;
using Microsoft.Playwright;
using ModelPlatform.FunctionalTests.Platform;

namespace ModelPlatform.Dashboard.Tests.Browser;

/// <summary>A page of the dashboard in a browser, and what every test does with one.</summary>
public abstract class DashboardTest(BrowserFixture fixture)
{
    protected BrowserFixture Fixture { get; } = fixture;

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    protected static string AddressOf(RunningPlatform platform) => $"http://localhost:{platform.DashboardPort}";

    /// <summary>Opens a page and waits until it listens.</summary>
    protected static async Task OpenAsync(IPage page, RunningPlatform platform, string path, string heading)
    {
        await page.GotoAsync(AddressOf(platform) + path);
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = heading, Level = 1 })).ToBeVisibleAsync();
    }

    protected static async Task FillFetchAsync(IPage page, string source, string reference, string name)
    {
        await page.GetByLabel("Source", new() { Exact = true }).SelectOptionAsync(source);
        await page.GetByLabel("Reference", new() { Exact = true }).FillAsync(reference);
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync(name);
    }

    protected static ILocator BarOf(IPage page, string model) => page.GetByRole(AriaRole.Progressbar, new() { Name = model, Exact = true });

    protected static async Task<int?> PercentAsync(ILocator bar) =>
        int.TryParse(await bar.GetAttributeAsync("aria-valuenow"), out var percent) ? percent : null;

    /// <summary>Lets an origin send a file no faster than so many bytes a second.</summary>
    protected static Func<HttpContext, Content?, Task<bool>> Throttle(string path, int bytesPerSecond) => async (context, content) =>
    {
        if (context.Request.Path != path || content is null || HttpMethods.IsHead(context.Request.Method))
        {
            return false;
        }

        // Without ranges: one connection, in order, so that the speed is the whole speed.
        context.Response.ContentLength = content.Length;
        var buffer = new byte[32 * 1024];
        for (long offset = 0; offset < content.Length;)
        {
            var part = buffer.AsMemory(0, (int)Math.Min(buffer.Length, content.Length - offset));
            content.Fill(offset, part.Span);
            await context.Response.Body.WriteAsync(part, context.RequestAborted);
            offset += part.Length;
            await Task.Delay(TimeSpan.FromSeconds((double)part.Length / bytesPerSecond), context.RequestAborted);
        }

        return true;
    };

    protected static async Task PictureAsync(IPage page, string name)
    {
        if (BrowserFixture.Pictures is { } folder)
        {
            Directory.CreateDirectory(folder);
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, $"{name}.png") });
        }
    }
}
