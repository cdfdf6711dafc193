using System.Net;
using Microsoft.Playwright;
using ModelPlatform.FunctionalTests.Platform;

namespace ModelPlatform.Dashboard.Tests.Browser;

[Collection("browser")]
public sealed class SignInTests(BrowserFixture fixture) : DashboardTest(fixture)
{
    private const string Token = "correct-horse-battery-staple";

    [Fact]
    public async Task TokenSet_NothingIsShownBeforeSignIn()
    {
        await using var context = await Fixture.NewContextAsync();
        await using var platform = await RunningPlatform.StartAsync(new PlatformOptions { Environment = new Dictionary<string, string> { ["MODEL_FETCH_TOKEN"] = Token } }, Cancellation);
        var page = await context.NewPageAsync();

        await page.GotoAsync($"{AddressOf(platform)}/jobs?status=failed");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync();
        await page.GetByLabel("Token").FillAsync("wrong");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("not the token");
        await page.GetByLabel("Token").FillAsync(Token);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();

        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Jobs", Level = 1 })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText("Live", new() { Exact = true })).ToBeVisibleAsync();
        Assert.EndsWith("/jobs?status=failed", page.Url, StringComparison.Ordinal);
        var session = Assert.Single(await context.CookiesAsync(), cookie => cookie.Name == "modelplatform.session");
        Assert.True(session.HttpOnly);
        Assert.Equal(SameSiteAttribute.Strict, session.SameSite);
        Assert.DoesNotContain(Token, await page.ContentAsync(), StringComparison.Ordinal);

        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync();
        await page.GotoAsync(AddressOf(platform));
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync();

        // And by hand, past the pages.
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri(AddressOf(platform)) };
        foreach (var path in new[] { "/", "/export/events.json", "/_blazor/negotiate?negotiateVersion=1" })
        {
            using var response = path.StartsWith("/_blazor", StringComparison.Ordinal) ? await http.PostAsync(path, null, Cancellation) : await http.GetAsync(path, Cancellation);
            Assert.True(response.StatusCode is HttpStatusCode.Redirect or HttpStatusCode.Unauthorized, $"{path}: {response.StatusCode}");
        }

        using var probe = await http.GetAsync("/alive", Cancellation);
        Assert.Equal(HttpStatusCode.OK, probe.StatusCode);
        using var forged = await http.PostAsync("/sign-in", new FormUrlEncodedContent(new Dictionary<string, string> { ["_handler"] = "sign-in", ["Token"] = Token }), Cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, forged.StatusCode);
    }

    [Fact]
    public async Task NoToken_OnlyLocalNamesAreAnswered()
    {
        var platform = await Fixture.PlatformAsync();
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, AddressOf(platform));
        request.Headers.Host = "rebound.example";

        using var response = await http.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task Circuit_FromAnotherOrigin_IsRefused()
    {
        var platform = await Fixture.PlatformAsync();
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{AddressOf(platform)}/_blazor/negotiate?negotiateVersion=1");
        request.Headers.Add("Origin", "https://elsewhere.example");

        using var response = await http.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }
}
