using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ModelPlatform.FunctionalTests.Platform;

namespace ModelPlatform.FunctionalTests.Runtimes;

/// <summary>The sample's two OCR models, loaded from the platform and run through its API, on an image that is drawn here.</summary>
public sealed class RuntimesTests : IAsyncLifetime
{
    private const string Model = "/v1/models/ppocr:v1";
    private const string Recognition = "ch_PP-OCRv4_rec_infer.onnx";
    private RunningPlatform platform = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => platform = await RunningPlatform.StartAsync(new PlatformOptions
    {
        Sample = true,
        Arguments = ["--store", "filesystem"],
        Environment = new Dictionary<string, string> { ["Runtimes__HealthInterval"] = "00:00:02" },
    }, Token);

    public ValueTask DisposeAsync() => platform.DisposeAsync();

    [Fact]
    public async Task DetectionAndRecognition_OnADrawnImage_FindAndReadTheText()
    {
        var loaded = await PostAsync("load");
        Assert.Equal(("loaded", "healthy"), ((string?)loaded["status"], (string?)loaded["health"]));
        Assert.Equal("x", (string?)loaded["instance"]!["inputs"]![0]!["name"]);
        Assert.Equal("detection_model", (string?)loaded["modelType"]);

        // Where is the text? The detection model answers with a map of probabilities.
        var page = new DrawnText("HELLO", 320, 320, left: 60, top: 130, size: 40, stroke: 6);
        var map = await InferAsync(page.ToTensor(0.45f, 0.226f), 320, 320);
        var data = map["outputs"]!.AsObject().Single().Value!["data"]!.AsArray().Select(value => (float)value!).ToArray();
        var found = Enumerable.Range(0, data.Length).Where(i => data[i] > 0.3f).Select(i => (X: i % 320, Y: i / 320)).ToArray();
        Assert.NotEmpty(found);
        Assert.InRange(found.Average(point => point.X), 60, page.Right);
        Assert.InRange(found.Average(point => point.Y), 125, 175);
        Assert.True(found.Min(point => point.X) < 100 && found.Max(point => point.X) > 200, "The box spans the word.");

        // What does it say? Another file of the same model.
        var changed = await SendAsync(HttpMethod.Patch, $"{Model}/config", JsonContent.Create(new JsonObject { ["artifact"] = Recognition }));
        Assert.Equal(Recognition, (string?)changed["instance"]!["artifact"]);
        Assert.Equal("HELLO", await ReadAsync("HELLO"));
        Assert.Equal("NOTE", await ReadAsync("NOTE"));

        // And what the platform says of all this.
        var statistics = await platform.Api.GetFromJsonAsync<JsonObject>("/v1/statistics", Token);
        Assert.Equal((1, 1, 100), ((int)statistics!["totalModels"]!, (int)statistics["loadedModels"]!, (int)statistics["healthScore"]!));
        var state = await platform.Api.GetFromJsonAsync<JsonObject>("/v1/state", Token);
        Assert.Equal("loaded", (string?)state!["models"]![0]!["status"]);
        var health = await platform.Api.GetFromJsonAsync<JsonObject>($"{Model}/health?now=true", Token);
        Assert.Equal("good", (string?)health!["history"]![0]!["outcome"]);
        var events = (await platform.Api.GetFromJsonAsync<JsonArray>("/v1/events?model=ppocr:v1", Token))!.Select(happened => (string?)happened!["type"]).ToArray();
        Assert.Contains("load_start", events);
        Assert.Contains("load_complete", events);

        Assert.Equal("downloaded", (string?)(await PostAsync("unload"))["status"]);
        var refused = await RefuseAsync("infer?shape=1,3,48,48", new byte[3 * 48 * 48 * 4]);
        Assert.Equal((HttpStatusCode.Conflict, "INVALID_STATE"), (refused.Status, (string?)refused.Body["code"]));
        Assert.Contains("Allowed: load, delete", (string?)refused.Body["error"]);
    }

    [Fact]
    public async Task Load_OfAModelThatIsNotHere_DownloadsItFirst_AndDeleteFreesIt()
    {
        const string Other = "/v1/models/other:v1";
        Assert.Equal(HttpStatusCode.NotFound, (await platform.Api.PostAsync($"{Other}/load", null, Token)).StatusCode);

        var later = await SendAsync(HttpMethod.Post, $"{Other}/load", JsonContent.Create(new JsonObject { ["source"] = "filesystem", ["sourceReference"] = "ppocr", ["config"] = new JsonObject { ["threads"] = 1 } }));

        Assert.Equal("downloading", (string?)later["status"]);
        Assert.NotNull((string?)later["jobId"]);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        JsonObject? state = null;
        while ((string?)state?["status"] != "loaded")
        {
            await Task.Delay(100, limit.Token);
            using var answer = await platform.Api.GetAsync(Other, limit.Token);
            state = answer.IsSuccessStatusCode ? await answer.Content.ReadFromJsonAsync<JsonObject>(limit.Token) : null;
        }

        Assert.Equal(1, (int)state!["config"]!["threads"]!);
        var preloaded = await SendAsync(HttpMethod.Post, $"{Model}/load", JsonContent.Create(new JsonObject { ["preload"] = true }));
        Assert.Equal("loading", (string?)preloaded["status"]);
        while ((string?)(await platform.Api.GetFromJsonAsync<JsonObject>(Model, limit.Token))!["status"] != "loaded")
        {
            await Task.Delay(100, limit.Token);
        }

        Assert.Equal(HttpStatusCode.OK, (await platform.Api.DeleteAsync(Other, Token)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await platform.Api.GetAsync(Other, Token)).StatusCode);
        Assert.Equal(1, (int)(await platform.Api.GetFromJsonAsync<JsonObject>("/v1/statistics", Token))!["loadedModels"]!);
    }

    [Fact]
    public async Task LoadAndUnload_TenTimes_GiveTheMemoryBack()
    {
        // The first load brings the runtime's own library in, which stays.
        await LoadAndUnloadAsync();
        var before = Resident();
        for (var i = 0; i < 10; i++)
        {
            await LoadAndUnloadAsync();
            TestContext.Current.SendDiagnosticMessage("Model host after load and unload {0}: {1} MiB", i + 1, Resident() >> 20);
        }

        Assert.InRange(Resident(), 0, (long)(before * 1.1));
    }

    [Fact]
    public async Task Kill9_DuringInference_IsAClearErrorAndTheModelIsLoadedAgain()
    {
        var body = new JsonObject { ["config"] = new JsonObject { ["artifact"] = Recognition } };
        Assert.Equal("loaded", (string?)(await SendAsync(HttpMethod.Post, $"{Model}/load", JsonContent.Create(body)))["status"]);
        var wide = new byte[3 * 48 * 3200 * 4];
        var running = Enumerable.Range(0, 8).Select(_ => RefuseAsync("infer?shape=1,3,48,3200", wide)).ToArray();
        var old = platform.Children["modelhost"];

        platform.KillChild("modelhost");

        foreach (var (status, answer) in await Task.WhenAll(running))
        {
            Assert.True(status is HttpStatusCode.OK || ((string?)answer["code"] == "CONNECTION_FAILED" && (bool)answer["retryable"]!), answer.ToJsonString());
        }

        Assert.Equal(HttpStatusCode.OK, (await platform.Api.GetAsync("/health", Token)).StatusCode);
        await platform.WaitForReplacementAsync("modelhost", old, Token);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromSeconds(90));
        while (await platform.Api.GetFromJsonAsync<JsonObject>(Model, limit.Token) is not { } state || (string?)state["status"] != "loaded" || (string?)state["health"] != "healthy" || await ReadOrNullAsync("HELLO") != "HELLO")
        {
            await Task.Delay(100, limit.Token);
        }

        var events = await platform.Api.GetFromJsonAsync<JsonArray>("/v1/events?type=error_occurred&model=ppocr:v1", Token);
        Assert.Contains("is loaded again", (string?)events![^1]!["data"]!["error"]);
    }

    private async Task LoadAndUnloadAsync()
    {
        Assert.Equal("loaded", (string?)(await PostAsync("load"))["status"]);
        await InferAsync(new byte[3 * 64 * 64 * 4], 64, 64);
        Assert.Equal("downloaded", (string?)(await PostAsync("unload"))["status"]);
    }

    private long Resident() => long.Parse(File.ReadLines($"/proc/{platform.Children["modelhost"]}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2]) * 1024;

    /// <summary>Has the recognition model read a word, and decodes its answer: the best of each step, doubles and blanks left out.</summary>
    private async Task<string> ReadAsync(string word) => Decode(await InferAsync(Line(word), 48, 320));

    private async Task<string?> ReadOrNullAsync(string word) => await RefuseAsync("infer?shape=1,3,48,320", Line(word)) is (HttpStatusCode.OK, var answer) ? Decode(answer) : null;

    private static byte[] Line(string word) => new DrawnText(word, 320, 48, left: 24, top: 9, size: 30, stroke: 4.5).ToTensor(0.5f, 0.5f);

    private static string Decode(JsonObject answer)
    {
        var output = answer["outputs"]!.AsObject().Single().Value!;
        var (steps, classes) = ((int)output["shape"]![1]!, (int)output["shape"]![2]!);
        var scores = output["data"]!.AsArray().Select(value => (float)value!).ToArray();
        var keys = File.ReadAllLines(Path.Combine(Root(), "src", "ModelPlatform.LocalHosting", "npm", "node_modules", "@gutenye", "ocr-models", "assets", "ppocr_keys_v1.txt"));
        var (text, last) = (string.Empty, 0);
        for (var step = 0; step < steps; step++)
        {
            var row = scores.AsSpan(step * classes, classes);
            var best = IndexOfMost(row);
            text += best != 0 && best != last && best <= keys.Length ? keys[best - 1] : string.Empty;
            last = best;
        }

        return text;
    }

    private static int IndexOfMost(ReadOnlySpan<float> row)
    {
        var best = 0;
        for (var i = 1; i < row.Length; i++)
        {
            best = row[i] > row[best] ? i : best;
        }

        return best;
    }

    private Task<JsonObject> InferAsync(byte[] input, int height, int width) => SendAsync(HttpMethod.Post, $"{Model}/infer?name=x&dtype=float32&shape=1,3,{height},{width}", Raw(input));

    private Task<JsonObject> PostAsync(string action) => SendAsync(HttpMethod.Post, $"{Model}/{action}", null);

    private async Task<JsonObject> SendAsync(HttpMethod method, string path, HttpContent? content)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        using var response = await platform.Api.SendAsync(request, Token);
        var text = await response.Content.ReadAsStringAsync(Token);
        Assert.True(response.IsSuccessStatusCode, $"{path}: {(int)response.StatusCode} {text}");
        return JsonNode.Parse(text)!.AsObject();
    }

    private async Task<(HttpStatusCode Status, JsonObject Body)> RefuseAsync(string action, byte[] input)
    {
        using var response = await platform.Api.PostAsync($"{Model}/{action}", Raw(input), Token);
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync(Token))!.AsObject());
    }

    private static ByteArrayContent Raw(byte[] bytes)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        return content;
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "ModelPlatform.sln")))
        {
            folder = folder.Parent;
        }

        return folder.FullName;
    }
}
