using Bunit;
using SitesPage = ModelPlatform.Dashboard.Components.Pages.Sites;

namespace ModelPlatform.Dashboard.Tests.Components;

public sealed class SitesTests : ComponentTest
{
    private const string Report = """
        {"self":{"id":"A","digest":"0123456789abcdef","documents":3,"fields":4},"sites":[
          {"name":"B","url":"http://b","state":"connected","behind":{"documents":0,"bytes":0},"ahead":{"documents":2,"bytes":2048},"inStep":false,"paused":false,"lastContact":"2026-01-01T00:00:00Z","refused":{"from_the_future":1}},
          {"name":"C","url":"http://c","state":"unreachable","reason":"http://c: no answer within 60 s.","behind":{"documents":0,"bytes":0},"ahead":{"documents":0,"bytes":0},"paused":false,"refused":{}}]}
        """;

    [Fact]
    public async Task Sites_LagStateAndHolders_AreShownAndPauseIsSent()
    {
        Answer("GET /v1/sites", Report);
        Answer("GET /v2/documents/model_registry", """{"documents":["ocr:v1"],"nextCursor":null}""");
        Answer("GET /v2/documents/model_registry/ocr%3Av1", """{"site.A":{"hash":"h","size_bytes":1,"metadata":{}},"site.B":{"hash":"h","size_bytes":1,"metadata":{}},"weights":{"hash":"h","size_bytes":1,"metadata":{}}}""");
        Answer("GET /v2/documents/model_registry/ocr:v1", """{"site.A":{"hash":"h","size_bytes":1,"metadata":{}},"site.B":{"hash":"h","size_bytes":1,"metadata":{}},"weights":{"hash":"h","size_bytes":1,"metadata":{}}}""");
        Answer("PUT /v1/sites/B", """{"name":"B","url":"http://b","state":"paused","behind":{"documents":0,"bytes":0},"ahead":{"documents":0,"bytes":0},"paused":true,"refused":{}}""");

        var page = Render<SitesPage>();

        page.WaitForAssertion(() => Assert.Equal(["A", "B"], page.FindAll("section[aria-labelledby=holders] .chip").Select(chip => chip.TextContent)));
        Assert.Contains("2 (2", page.Markup, StringComparison.Ordinal);
        Assert.Contains("no answer within 60 s", page.Markup, StringComparison.Ordinal);
        Assert.Contains("1 field not taken: from the future", page.Markup, StringComparison.Ordinal);

        await page.InvokeAsync(() => page.Find("button[aria-label='Pause B']").Click());

        page.WaitForAssertion(() => Assert.Contains(Requests, request => request.Target == "/v1/sites/B" && request.Body.Contains("\"paused\":true", StringComparison.Ordinal)));
    }
}
