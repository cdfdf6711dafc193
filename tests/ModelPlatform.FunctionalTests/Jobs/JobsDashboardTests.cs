using System.Text;
using ModelPlatform.FunctionalTests.Platform;

namespace ModelPlatform.FunctionalTests.Jobs;

/// <summary>Hangfire's dashboard without a token: this machine under a loopback name, and nobody who only says so.</summary>
public sealed class JobsDashboardTests(PlatformFixture fixture)
{
    [Theory]
    [InlineData("Host: evil.example", "X-Forwarded-For: 127.0.0.1")]
    [InlineData("Host: evil.example", "X-Forwarded-For: ::1", "X-Forwarded-Host: localhost")]
    [InlineData("Host: evil.example", "Forwarded: for=127.0.0.1;host=localhost")]
    [InlineData("Host: evil.example", "X-Real-IP: 127.0.0.1", "X-Original-Host: localhost")]
    public async Task Dashboard_ForgedForwarding_IsRefused(params string[] headers)
    {
        var platform = await fixture.GetAsync(TestContext.Current.CancellationToken);
        foreach (var path in new[] { "/hangfire", "/hangfire/recurring", "/hangfire/stats" })
        {
            var answer = await RawHttp.SendAsync(platform.ApiPort, $"GET {path}", TestContext.Current.CancellationToken, headers);
            Assert.Equal((403, "FORBIDDEN"), (answer.Status, answer.Code));
        }
    }

    [Fact]
    public async Task Dashboard_OnThisMachine_ShowsWhatIsDoneAgainAndAgain()
    {
        var platform = await fixture.GetAsync(TestContext.Current.CancellationToken);

        var page = await RawHttp.SendAsync(platform.ApiPort, "GET /hangfire/recurring", TestContext.Current.CancellationToken);

        Assert.Equal(200, page.Status);
        var text = Encoding.UTF8.GetString(page.Body);
        Assert.All(["follow-branches", "collect-garbage", "verify-storage", "IGarbageCollector.CollectAsync"], word => Assert.Contains(word, text, StringComparison.Ordinal));
    }
}
