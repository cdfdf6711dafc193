using System.Text.Json;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using ModelPlatform.FunctionalTests.Platform;

namespace ModelPlatform.Dashboard.Tests.Browser;

[Collection("browser")]
public sealed class AppearanceTests(BrowserFixture fixture) : DashboardTest(fixture)
{
    private static readonly (string Path, string Heading)[] Pages =
    [
        ("/", "Overview"), ("/models", "Models"), ("/models?view=table", "Models"), ("/models/looks:v1", "looks"), ("/fetch", "Fetch a model"), ("/jobs", "Jobs"),
        ("/sources", "Sources"), ("/storage", "Storage"), ("/trust", "Trust"), ("/events", "Events"), ("/settings", "Settings"),
    ];

    [Theory]
    [InlineData(ColorScheme.Light, 1360)]
    [InlineData(ColorScheme.Dark, 1360)]
    [InlineData(ColorScheme.Light, 390)]
    public async Task EveryPage_HasNoSeriousAccessibilityFinding(ColorScheme scheme, int width)
    {
        var platform = await PlatformWithModelAsync();
        await using var context = await Fixture.NewContextAsync(new BrowserNewContextOptions { ColorScheme = scheme, ViewportSize = new ViewportSize { Width = width, Height = 860 } });
        var page = await context.NewPageAsync();
        List<string> findings = [];
        foreach (var (path, heading) in Pages)
        {
            await OpenAsync(page, platform, path, heading);
            await Assertions.Expect(page.Locator("[aria-busy=true]")).ToHaveCountAsync(0);
            var result = await page.RunAxe();
            findings.AddRange(result.Violations.Where(finding => finding.Impact is "serious" or "critical")
                .Select(finding => $"{path}: {finding.Id} {string.Join(" | ", finding.Nodes.Select(node => node.Html))}"));
            await PictureAsync(page, $"{scheme}-{width}-{heading.Replace(' ', '-')}{(path.Contains('?') ? "-table" : "")}".ToLowerInvariant());
        }

        Assert.Empty(findings);
    }

    [Fact]
    public async Task NoPage_AsksAnotherMachineOrBreaksItsOwnPolicy()
    {
        var platform = await PlatformWithModelAsync();
        await using var context = await Fixture.NewContextAsync();
        var page = await context.NewPageAsync();
        List<string> outside = [];
        List<string> complaints = [];
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(AddressOf(platform), StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal))
            {
                outside.Add(request.Url);
            }
        };
        page.Console += (_, message) =>
        {
            if (message.Type is "error")
            {
                complaints.Add(message.Text);
            }
        };

        foreach (var (path, heading) in Pages)
        {
            await OpenAsync(page, platform, path, heading);
        }

        Assert.Empty(outside);
        Assert.Empty(complaints);
        var response = await page.GotoAsync(AddressOf(platform));
        var policy = (await response!.AllHeadersAsync())["content-security-policy"];
        Assert.Contains("script-src 'self';", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Colours_FollowTheSystemUntilAPersonChooses()
    {
        var platform = await Fixture.PlatformAsync();
        await using var context = await Fixture.NewContextAsync(new BrowserNewContextOptions { ColorScheme = ColorScheme.Dark });
        var page = await context.NewPageAsync();
        await OpenAsync(page, platform, "/", "Overview");
        var dark = await BackgroundAsync(page);

        await page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = ColorScheme.Light });
        await Assertions.Expect(page.Locator("html")).ToHaveAttributeAsync("data-theme", "light");
        var light = await BackgroundAsync(page);
        Assert.NotEqual(dark, light);

        await page.GetByRole(AriaRole.Button, new() { Name = "Dark", Exact = true }).ClickAsync();
        Assert.Equal(dark, await BackgroundAsync(page));
        await page.ReloadAsync();
        Assert.Equal(dark, await BackgroundAsync(page));
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Dark", Exact = true })).ToHaveAttributeAsync("aria-pressed", "true");
    }

    [Fact]
    public async Task UnknownAddress_IsAPageThatSaysSo()
    {
        var platform = await Fixture.PlatformAsync();
        await using var context = await Fixture.NewContextAsync();
        var page = await context.NewPageAsync();

        var response = await page.GotoAsync($"{AddressOf(platform)}/nowhere");

        Assert.Equal(404, response!.Status);
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Nothing here" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Narrow_NavigationOpensAndCloses()
    {
        var platform = await Fixture.PlatformAsync();
        await using var context = await Fixture.NewContextAsync(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 390, Height = 844 } });
        var page = await context.NewPageAsync();
        await OpenAsync(page, platform, "/", "Overview");
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "Storage", Exact = true })).ToBeHiddenAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Open navigation" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Storage", Exact = true }).ClickAsync();

        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Storage", Level = 1 })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Close navigation" })).ToHaveCountAsync(0);
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"));
    }

    [Fact]
    public async Task Model_InTheList_IsAlsoOnItsPageWithItsDigest()
    {
        var platform = await PlatformWithModelAsync();
        await using var context = await Fixture.NewContextAsync();
        var page = await context.NewPageAsync();
        await OpenAsync(page, platform, "/models", "Models");

        await page.GetByRole(AriaRole.Link, new() { Name = "looks", Exact = true }).ClickAsync();

        await Assertions.Expect(page.GetByTitle(new Content(1 << 20, 75).Sha256()).First).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText("looks:v1/artifacts/model.onnx").First).ToBeVisibleAsync();
    }

    private async Task<RunningPlatform> PlatformWithModelAsync()
    {
        var platform = await Fixture.PlatformAsync();
        var file = Path.Combine(platform.Models, "looks", "model.onnx");
        if (!File.Exists(file))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await new Content(1 << 20, 75).WriteToAsync(file);
            await platform.Api.FetchAsync("filesystem", "looks", "looks", Cancellation);
        }

        return platform;
    }

    private static async Task<string> BackgroundAsync(IPage page) => await page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor");
}
