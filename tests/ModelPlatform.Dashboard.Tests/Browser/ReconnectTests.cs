using Microsoft.Playwright;
using ModelPlatform.FunctionalTests.Platform;

namespace ModelPlatform.Dashboard.Tests.Browser;

[Collection("browser")]
public sealed class ReconnectTests(BrowserFixture fixture) : DashboardTest(fixture)
{
    [Fact]
    public async Task ApiKilled_PageSaysSoAndCatchesUpByItself()
    {
        var platform = await Fixture.PlatformAsync();
        await using var context = await Fixture.NewContextAsync();
        var page = await context.NewPageAsync();
        Fixture.Origin.Intercept = null;
        var url = Fixture.Origin.Put("/after/model.onnx", new Content(1 << 20, 74));
        await OpenAsync(page, platform, "/jobs", "Jobs");
        await Assertions.Expect(page.GetByText("Live", new() { Exact = true })).ToBeVisibleAsync();
        await page.EvaluateAsync("window.untouched = true");

        var old = platform.Children["api"];
        platform.KillChild("api");
        await Assertions.Expect(page.GetByText("Platform out of reach")).ToBeVisibleAsync();
        await platform.WaitForReplacementAsync("api", old, Cancellation);
        await Assertions.Expect(page.GetByText("Live", new() { Exact = true })).ToBeVisibleAsync();
        await platform.Api.FetchAsync("url", url, "after-model", Cancellation);

        await Assertions.Expect(page.GetByRole(AriaRole.Article, new() { Name = "Job of after-model:v1" }).GetByText("Completed", new() { Exact = true })).ToBeVisibleAsync();
        Assert.True(await page.EvaluateAsync<bool>("window.untouched"));
    }

    [Fact]
    public async Task DashboardKilled_PageComesBackByItself()
    {
        var platform = await Fixture.PlatformAsync();
        await using var context = await Fixture.NewContextAsync();
        var page = await context.NewPageAsync();
        await OpenAsync(page, platform, "/jobs", "Jobs");

        var old = platform.Children["dashboard"];
        platform.KillChild("dashboard");
        await Assertions.Expect(page.Locator("#components-reconnect-modal")).ToBeVisibleAsync();
        await platform.WaitForReplacementAsync("dashboard", old, Cancellation);

        await Assertions.Expect(page.Locator("#components-reconnect-modal")).ToBeHiddenAsync();
        await Assertions.Expect(page.GetByText("Live", new() { Exact = true })).ToBeVisibleAsync();
    }
}
