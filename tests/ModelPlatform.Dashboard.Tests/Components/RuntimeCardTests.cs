using Bunit;
using ModelPlatform.Dashboard.Components.Controls;

namespace ModelPlatform.Dashboard.Tests.Components;

public sealed class RuntimeCardTests : ComponentTest
{
    private const string Downloaded = """[{"id":"a:v1","status":"downloaded","health":"unknown","phase":"ready","actions":["load","delete"],"config":{}}]""";
    private const string Loaded = """[{"id":"a:v1","status":"loaded","health":"degraded","actions":["infer","load","reload","unload","delete"],"config":{"threads":2},"instance":{"instanceId":"i","runtime":"onnx","artifact":"a.onnx","process":"p","loadedAt":"2026-01-01T00:00:00Z","loadMilliseconds":12.5,"memoryBytes":1048576,"inputs":[{"name":"x","dataType":"float32","shape":[-1,3]}],"outputs":[{"name":"y","dataType":"float32","shape":[-1,1]}]}}]""";

    [Fact]
    public async Task Card_OfADownloadedModel_LoadsIt()
    {
        Answer("GET /ModelList", "[]");
        Answer("GET /v1/models", Downloaded);
        Answer("POST /v1/models/a:v1/load", """{"id":"a:v1","status":"loaded"}""");
        var card = Render<RuntimeCard>(parameters => parameters.Add(card => card.Id, "a:v1"));
        card.WaitForAssertion(() => Assert.Contains("ready", card.Markup, StringComparison.Ordinal), TimeSpan.FromSeconds(10));

        await card.InvokeAsync(() => card.FindAll("button").Single(button => button.TextContent.Trim() == "Load").Click());

        card.WaitForAssertion(() => Assert.Contains(Requests, request => request.Target == "/v1/models/a:v1/load"), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Card_OfALoadedModel_ShowsWhatItTakesItsHealthAndTheAnswer()
    {
        Answer("GET /ModelList", "[]");
        Answer("GET /v1/models", Loaded);
        Answer("GET /v1/models/a:v1/health", """{"id":"a:v1","status":"loaded","health":"degraded","history":[{"at":"2026-01-01T00:00:00Z","health":"degraded","outcome":"impaired","milliseconds":2500,"note":"<slow>"}]}""");
        Answer("POST /v1/models/a:v1/infer", """{"outputs":{"y":{"dtype":"float32","shape":[1,1],"data":[0.25]}},"milliseconds":1.5}""");
        var card = Render<RuntimeCard>(parameters => parameters.Add(card => card.Id, "a:v1"));
        card.WaitForAssertion(() => Assert.Contains("x float32 [?, 3]", card.Markup, StringComparison.Ordinal), TimeSpan.FromSeconds(10));
        card.WaitForAssertion(() => Assert.Contains("&lt;slow&gt;", card.Markup, StringComparison.Ordinal), TimeSpan.FromSeconds(10));
        Assert.Contains("warn", card.Find(".status .dot").ClassList);
        Assert.Contains("threads", card.Find("#runtime-config").GetAttribute("value"), StringComparison.Ordinal);

        await card.InvokeAsync(() => card.Find("#runtime-inputs").Input("""{"inputs":{"x":{"dtype":"float32","shape":[1,3],"data":[1,2,3]}}}"""));
        await card.InvokeAsync(() => card.FindAll("button").Single(button => button.TextContent.Trim() == "Infer").Click());

        card.WaitForAssertion(() => Assert.Contains("y [1, 1]: 0.25", card.Markup, StringComparison.Ordinal), TimeSpan.FromSeconds(10));
    }
}
