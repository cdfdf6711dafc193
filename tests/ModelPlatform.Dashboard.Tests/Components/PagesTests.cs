using Bunit;
using ModelPlatform.Dashboard.Components.Pages;

namespace ModelPlatform.Dashboard.Tests.Components;

public sealed class PagesTests : ComponentTest
{
    [Fact]
    public void Storage_NotOffered_IsCalmAboutIt()
    {
        Answer("GET /ModelList", "[]");

        var page = Render<Storage>();

        page.WaitForAssertion(() => Assert.Contains("Not offered by this platform", page.Markup, StringComparison.Ordinal));
        Assert.DoesNotContain("alert", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Models_ListAndCatalogAndJobs_AreOnePicture()
    {
        Answer("GET /ModelList", """[{"id":"a:v1","modelName":"a","modelVersion":"v1","framework":"onnx","stage":"production","blobSize":1048576,"uploadedAt":"2026-01-01T00:00:00Z","metadata":{"description":"<i>first</i>","tags":["ocr"]}}]""");
        Answer("GET /v2/catalog", """{"models":[{"id":"a:v1","name":"a","version":"v1","type":"detection_model","tier":"micro"}],"nextCursor":null}""");
        Answer("GET /ModelFetchJob", """{"jobs":[{"id":"j","modelName":"b","modelVersion":"v1","status":"downloading","downloadedBytes":1,"totalBytes":4}],"count":1}""");

        var page = Render<Models>();

        page.WaitForAssertion(() => Assert.Equal(2, page.FindAll("article").Count));
        Assert.Equal("b:v1", page.Find("[role=progressbar]").GetAttribute("aria-label"));
        var card = page.FindAll("article").Single(article => article.GetAttribute("aria-label") == "a:v1");
        Assert.Contains("<i>first</i>", card.TextContent, StringComparison.Ordinal);
        Assert.Equal(["onnx", "micro", "production", "ocr"], card.QuerySelectorAll(".chip").Select(chip => chip.TextContent));
    }

    [Fact]
    public void Fetch_ReferencePasted_InspectsAndProposesVariantAndName()
    {
        Answer("GET /v1/plugins", """[{"id":"HuggingFace","state":"active","sources":["huggingface"]},{"id":"Http","state":"active","sources":["url"]}]""");
        Answer("GET /InspectModel", """{"source":"huggingface","sourceReference":"org/m","framework":"transformers","variants":[{"name":"default","files":["a"],"totalSize":2048},{"name":"quantized","files":["b"],"totalSize":1024}],"suggestedModelName":"m"}""");
        var page = Render<Fetch>();
        page.WaitForAssertion(() => Assert.Equal(["", "huggingface", "url"], page.FindAll("#source option").Select(option => option.GetAttribute("value"))));

        page.Find("#reference").Input("https://huggingface.co/org/m");

        page.WaitForAssertion(() => Assert.Equal(2, page.FindAll("#variant option").Count), TimeSpan.FromSeconds(5));
        Assert.Equal("m", page.Find("#name").GetAttribute("value"));
        Assert.Contains(Requests, request => request.Target == "/InspectModel?source=huggingface&sourceReference=org%2Fm");
    }

    [Fact]
    public async Task Fetch_Refused_ShowsTheFaultAtItsField()
    {
        Answer("POST /FetchModel", """{"error":"modelName is malformed","code":"INVALID_REQUEST","retryable":false,"errors":{"modelName":["must begin with a letter or a digit"]}}""", 400);
        var page = Render<Fetch>();
        // The answer to the look that each key starts renders anew: found and used in one turn, an element is the present one.
        await page.InvokeAsync(() => page.Find("#source").Change("url"));
        await page.InvokeAsync(() => page.Find("#reference").Input("https://a/b.onnx"));
        await page.InvokeAsync(() => page.Find("#name").Input("-x"));

        await page.InvokeAsync(() => page.Find("form").Submit());

        page.WaitForAssertion(() => Assert.Equal("true", page.Find("#name").GetAttribute("aria-invalid")));
        Assert.Contains("must begin with a letter or a digit", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Fetch_Labels_AreTheAgreedNames()
    {
        var page = Render<Fetch>();

        foreach (var (name, id) in new[] { ("Source", "source"), ("Reference", "reference"), ("Variant", "variant"), ("Name", "name"), ("Version", "version") })
        {
            Assert.Equal(name, page.Find($"label[for={id}]").TextContent);
        }

        Assert.Equal(["Fetch", "Inspect"], page.FindAll("form button").Select(button => button.TextContent.Trim()).Order(StringComparer.Ordinal));
    }
}
