using Microsoft.Playwright;
using ModelPlatform.FunctionalTests.Platform;

namespace ModelPlatform.Dashboard.Tests.Browser;

[Collection("browser")]
public sealed class FetchingTests(BrowserFixture fixture) : DashboardTest(fixture)
{
    [Fact]
    public async Task Fetch_FromAThrottledOrigin_MovesTheBarWithoutReload()
    {
        var platform = await Fixture.PlatformAsync();
        await using var context = await Fixture.NewContextAsync();
        var page = await context.NewPageAsync();
        var url = Fixture.Origin.Put("/slow/model.onnx", new Content(24 << 20, 71));
        Fixture.Origin.Intercept = Throttle("/slow/model.onnx", 6 << 20);
        await OpenAsync(page, platform, "/fetch", "Fetch a model");
        await page.EvaluateAsync("window.untouched = true");

        await FillFetchAsync(page, "url", url, "slow-model");
        await page.GetByRole(AriaRole.Button, new() { Name = "Fetch", Exact = true }).ClickAsync();

        var bar = BarOf(page, "slow-model:v1");
        await Assertions.Expect(bar).ToBeVisibleAsync();
        HashSet<int> seen = [];
        while (seen.Count < 4)
        {
            if (await PercentAsync(bar) is { } percent and > 0 and < 100)
            {
                seen.Add(percent);
            }

            await Task.Delay(100, Cancellation);
        }

        await Assertions.Expect(page.GetByText("left", new() { Exact = false }).First).ToBeVisibleAsync();
        await PictureAsync(page, "fetch-running");
        await Assertions.Expect(bar).ToHaveAttributeAsync("aria-valuenow", "100");
        await page.GetByRole(AriaRole.Link, new() { Name = "Open slow-model:v1" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "slow-model", Level = 1 })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText("model.onnx").First).ToBeVisibleAsync();
        Assert.True(await page.EvaluateAsync<bool>("window.untouched"));
    }

    [Fact]
    public async Task Retry_AfterAnInjectedFailure_Completes()
    {
        var platform = await Fixture.PlatformAsync();
        await using var context = await Fixture.NewContextAsync();
        var page = await context.NewPageAsync();
        var url = Fixture.Origin.Put("/gone/model.onnx", new Content(3 << 20, 72));
        Fixture.Origin.Intercept = (request, _) =>
        {
            request.Response.StatusCode = 404;
            return Task.FromResult(request.Request.Path == "/gone/model.onnx");
        };
        await OpenAsync(page, platform, "/fetch", "Fetch a model");
        await FillFetchAsync(page, "url", url, "gone-model");
        await page.GetByRole(AriaRole.Button, new() { Name = "Fetch", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "All jobs" }).ClickAsync();

        var row = page.GetByRole(AriaRole.Article, new() { Name = "Job of gone-model:v1" });
        await Assertions.Expect(row).ToContainTextAsync("MODEL_NOT_FOUND");
        await Assertions.Expect(row).ToContainTextAsync("Check the spelling of the reference");
        await PictureAsync(page, "jobs-failed");
        Fixture.Origin.Intercept = null;
        await row.GetByRole(AriaRole.Button, new() { Name = "Retry gone-model:v1" }).ClickAsync();

        await Assertions.Expect(row.GetByText("Completed", new() { Exact = true })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Fetch_ByKeyboardAlone_Works()
    {
        var platform = await Fixture.PlatformAsync();
        await using var context = await Fixture.NewContextAsync();
        var page = await context.NewPageAsync();
        var url = Fixture.Origin.Put("/keys/model.onnx", new Content(1 << 20, 73));
        Fixture.Origin.Intercept = null;
        await OpenAsync(page, platform, "/", "Overview");

        await TabToAsync(page, "a[href='/fetch']");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Fetch a model" })).ToBeVisibleAsync();
        await TabToAsync(page, "#source");
        await page.Keyboard.TypeAsync("url");
        await TabToAsync(page, "#reference");
        await page.Keyboard.TypeAsync(url);
        await TabToAsync(page, "#name");
        await page.Keyboard.PressAsync("Control+A");
        await page.Keyboard.TypeAsync("keys-model");
        await page.Keyboard.PressAsync("Enter");

        await Assertions.Expect(BarOf(page, "keys-model:v1")).ToHaveAttributeAsync("aria-valuenow", "100");
    }

    [Fact]
    public async Task Inspect_UnknownPath_SaysWhatIsWrongAsYouType()
    {
        var platform = await Fixture.PlatformAsync();
        await using var context = await Fixture.NewContextAsync();
        var page = await context.NewPageAsync();
        await OpenAsync(page, platform, "/fetch", "Fetch a model");

        await page.GetByLabel("Source", new() { Exact = true }).SelectOptionAsync("filesystem");
        await page.GetByLabel("Reference", new() { Exact = true }).FillAsync("no/such/model.onnx");

        await Assertions.Expect(page.Locator("#reference-hint .bad")).Not.ToBeEmptyAsync();
    }

    private static async Task TabToAsync(IPage page, string selector)
    {
        for (var i = 0; i < 60; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            if (await page.EvaluateAsync<bool>("selector => document.activeElement?.matches(selector) === true", selector))
            {
                return;
            }
        }

        Assert.Fail($"Tab never reaches {selector}.");
    }
}
