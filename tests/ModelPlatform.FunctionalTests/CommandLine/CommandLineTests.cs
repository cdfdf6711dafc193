using System.Text.Json.Nodes;
using ModelPlatform.FunctionalTests.Platform;

namespace ModelPlatform.FunctionalTests.CommandLine;

/// <summary>The real command line against the real platform.</summary>
public sealed class CommandLineTests(PlatformFixture fixture) : IAsyncLifetime
{
    private const string Ok = "0";
    private readonly string folder = Directory.CreateTempSubdirectory("cli-").FullName;
    private RunningPlatform platform = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => platform = await fixture.GetAsync(Cancellation);

    public ValueTask DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task ModelsLife_FromInspectToGarbageCollection_SpeaksHumanJsonAndQuiet()
    {
        var file = fixture.Origin.Put("/cli/life.onnx", new Content(11_000_000, 71));

        Assert.Equal("onnx", (string?)(await JsonAsync("model", "inspect", "url", file))["framework"]);
        Assert.Contains("life.onnx", (await OkAsync("model", "inspect", "url", file)).Data, StringComparison.Ordinal);
        var dry = await OkAsync("model", "fetch", "url", file, "--name", "cli-life", "--dry-run");
        Assert.Contains("Nothing was fetched", dry.Progress, StringComparison.Ordinal);

        var fetched = await OkAsync("model", "fetch", "url", file, "--name", "cli-life", "--stage", "staging", "--metadata", "task=ocr", "--wait");
        Assert.Equal("cli-life:v1", fetched.Data.Trim());
        Assert.Contains("100 %", fetched.Progress, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', fetched.Progress);
        Assert.DoesNotContain('\u001b', fetched.Progress + fetched.Data);

        Assert.Contains("cli-life:v1", (await OkAsync("model", "list", "--stage", "staging", "-f", "quiet")).Lines);
        Assert.Contains((await JsonAsync("model", "list")).AsArray(), row => (string?)row!["id"] == "cli-life:v1");
        Assert.Equal(11_000_000, (long?)(await JsonAsync("model", "show", "cli-life"))["artifacts"]![0]!["size"]);
        Assert.Contains("life.onnx", (await OkAsync("model", "show", "cli-life")).Data, StringComparison.Ordinal);
        Assert.Equal("valid", (await OkAsync("model", "verify", "cli-life:v1", "-f", "quiet")).Data.Trim());
        Assert.True((bool?)(await JsonAsync("trust", "verify", "cli-life:v1"))["valid"]);
        await OkAsync("model", "alias", "cli-life", "champion", "v1");
        Assert.Equal("cli-life:v1", (string?)(await JsonAsync("model", "show", "cli-life@champion"))["model"]!["id"]);
        await OkAsync("model", "alias", "cli-life", "champion", "--delete");
        await OkAsync("model", "pin", "cli-life:v1");
        await OkAsync("model", "pin", "cli-life:v1", "--off");

        var pulled = await JsonAsync("model", "pull", "cli-life", "--out", "pulled");
        Assert.Equal(11_000_000, (long?)pulled["bytes"]);
        await using (var stream = File.OpenRead(Path.Combine(folder, "pulled", "life.onnx")))
        {
            Assert.Null(await new Content(11_000_000, 71).FirstDifferenceAsync(stream, Cancellation));
        }

        Assert.True((long?)(await JsonAsync("storage", "stats"))["storedBytes"] >= 11_000_000);
        Assert.True((bool?)(await JsonAsync("storage", "gc", "--dry-run"))["dryRun"]);
        Assert.Empty((await JsonAsync("storage", "verify"))["bad"]!.AsArray());
        Assert.Equal("1", (await RunAsync("model", "rm", "cli-life:v1")).Exit.ToString());
        Assert.Contains("deleted", (await OkAsync("model", "rm", "cli-life:v1", "-y")).Data, StringComparison.Ordinal);
        Assert.Equal(3, (await RunAsync("model", "show", "cli-life:v1")).Exit);
        await OkAsync("storage", "gc", "-y");
        await OkAsync("registry", "rebuild");
    }

    [Fact]
    public async Task Documents_PutListedShownAndRemoved()
    {
        var hash = new string('a', 64);
        Assert.Equal(hash, (string?)(await JsonAsync("doc", "put", "cli-notes", "a:v1", "weights", hash, "42", "--name", "w.onnx"))["hash"]);
        Assert.Contains("a:v1", (await OkAsync("doc", "list", "cli-notes", "-f", "quiet")).Lines);
        Assert.Equal(42, (long?)(await JsonAsync("doc", "get", "cli-notes", "a:v1"))["weights"]!["size_bytes"]);
        Assert.Contains("w.onnx", (await OkAsync("doc", "get", "cli-notes", "a:v1")).Data, StringComparison.Ordinal);
        Assert.Equal(1, (await RunAsync("doc", "rm", "cli-notes", "a:v1", "weights")).Exit);
        await OkAsync("doc", "rm", "cli-notes", "a:v1", "weights", "-y");
        Assert.DoesNotContain("a:v1", (await OkAsync("doc", "list", "cli-notes", "-f", "quiet")).Lines);
    }

    [Fact]
    public async Task Sites_AddedPausedListedAndForgotten()
    {
        // Nobody listens there, and nobody is asked: the site is paused from the start.
        Assert.Equal("paused", (string?)(await JsonAsync("site", "add", "cli-south", "http://127.0.0.1:9", "--site-token", "a-secret-of-the-two-sites", "--pause", "true"))["state"]);
        Assert.Contains("cli-south", (await OkAsync("site", "list", "-f", "quiet")).Lines);
        Assert.Contains("paused", (await OkAsync("site", "list")).Data, StringComparison.Ordinal);
        Assert.DoesNotContain("a-secret-of-the-two-sites", (await JsonAsync("site", "list")).ToJsonString(), StringComparison.Ordinal);
        await OkAsync("site", "rm", "cli-south", "-y");
        Assert.DoesNotContain("cli-south", (await OkAsync("site", "list", "-f", "quiet")).Lines);
        Assert.Equal(3, (await RunAsync("site", "sync", "cli-south")).Exit);
    }

    [Fact]
    public async Task Jobs_GoodFailingAndPaused_AreListedWatchedAndActedOn()
    {
        var file = fixture.Origin.Put("/cli/jobs.onnx", new Content(6_000_000, 72));
        var started = await JsonAsync("model", "fetch", "url", file, "--name", "cli-jobs");
        var id = (string)started["jobId"]!;

        var watched = await OkAsync("job", "watch", id);
        Assert.Equal("cli-jobs:v1", watched.Data.Trim());
        Assert.Equal("completed", (string?)(await JsonAsync("job", "get", id))["status"]);
        Assert.Contains("Next       modelplatform model show cli-jobs:v1", (await OkAsync("job", "get", id)).Data, StringComparison.Ordinal);
        Assert.Contains(id, (await OkAsync("job", "list", "--modelName", "cli-jobs", "--status", "completed", "-f", "quiet")).Lines);
        Assert.Contains(id, (await OkAsync("job", "list")).Data, StringComparison.Ordinal);

        var lost = await RunAsync("model", "fetch", "url", $"{fixture.Origin.Address}/cli/nothing.onnx", "--name", "cli-lost", "--framework", "onnx", "--wait");
        Assert.Equal(3, lost.Exit);
        Assert.Contains("MODEL_NOT_FOUND", lost.Progress, StringComparison.Ordinal);
        Assert.Contains("Next: modelplatform job retry", lost.Progress, StringComparison.Ordinal);
        var failed = (await OkAsync("job", "list", "--model", "cli-lost", "-f", "quiet")).Data.Trim();
        Assert.Equal("queued", (string?)(await JsonAsync("job", "retry", failed))["status"]);
        Assert.Equal(3, (await RunAsync("job", "watch", failed)).Exit);

        var later = await JsonAsync("model", "fetch", "url", file, "--name", "cli-later", "--at", "2099-01-01T00:00:00Z");
        await OkAsync("job", "pause", (string)later["jobId"]!);
        await OkAsync("job", "resume", (string)later["jobId"]!);
        Assert.Equal(1, (await RunAsync("job", "cancel", (string)later["jobId"]!)).Exit);
        await OkAsync("job", "cancel", (string)later["jobId"]!, "--yes");
        Assert.Equal("cancelled", (await OkAsync("job", "get", (string)later["jobId"]!, "-f", "quiet")).Data.Trim());
        Assert.Equal(3, (await RunAsync("job", "get", "no-such-job")).Exit);
    }

    [Fact]
    public async Task PluginsTrustAndEvents_AreShownAndActedOn()
    {
        Assert.Contains("Http", (await OkAsync("plugin", "list", "-f", "quiet")).Lines);
        Assert.Contains("active", (await OkAsync("plugin", "list")).Data, StringComparison.Ordinal);
        await OkAsync("plugin", "reload", "IpfsGateway");
        await OkAsync("plugin", "disable", "IpfsGateway");
        await OkAsync("plugin", "enable", "IpfsGateway");
        Assert.Equal(3, (await RunAsync("plugin", "reload", "Nothing")).Exit);

        var before = (await JsonAsync("trust", "keys"))["keys"]!.AsArray().Count;
        Assert.Equal(1, (await RunAsync("trust", "rotate")).Exit);
        await OkAsync("trust", "rotate", "-y");
        Assert.Equal(before + 1, (await JsonAsync("trust", "keys"))["keys"]!.AsArray().Count);

        await OkAsync("model", "fetch", "url", fixture.Origin.Put("/cli/event.onnx", new Content(1_000, 73)), "--name", "cli-event", "--wait");
        Assert.Contains("cli-event:v1", (await OkAsync("events", "--past", "--model", "cli-event:v1")).Data, StringComparison.Ordinal);
        var happened = (await OkAsync("events", "--past", "--model", "cli-event:v1", "-f", "json")).Lines;
        Assert.All(happened, line => Assert.NotNull(JsonNode.Parse(line)!["type"]));
    }

    [Fact]
    public async Task TrustRoot_OfThePlatformAndOfAStranger_AdmitsAndRefusesAPull()
    {
        await OkAsync("model", "fetch", "url", fixture.Origin.Put("/cli/signed.onnx", new Content(100_000, 74)), "--name", "cli-signed", "--wait");
        var root = await JsonAsync("trust", "keys");
        await File.WriteAllTextAsync(Path.Combine(folder, "root.json"), root.ToJsonString(), Cancellation);
        foreach (var key in root["keys"]!.AsArray())
        {
            key!["keyId"] = $"other-{key["keyId"]}";
        }

        await File.WriteAllTextAsync(Path.Combine(folder, "stranger.json"), root.ToJsonString(), Cancellation);

        await OkAsync("model", "pull", "cli-signed", "--out", "a", "--trust-root", "root.json");
        var refused = await RunAsync("model", "pull", "cli-signed", "--out", "b", "--trust-root", "stranger.json", "-f", "json");
        Assert.Equal(4, refused.Exit);
        Assert.Equal("INTEGRITY_FAILED", (string?)refused.Json["code"]);
        Assert.Contains("Insufficient valid signatures: 0/1", refused.Progress, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(folder, "b")));
    }

    [Fact]
    public async Task ExitCodes_OfEachKindOfFailure_AreThoseOfTheContract()
    {
        Assert.Equal(2, (await RunAsync("model", "fetch", "url")).Exit);
        Assert.Equal(2, (await RunAsync("model", "fetch", "ftp", "x", "--name", "n")).Exit);
        Assert.Equal(6, (await Cli.RunAsync(folder, null, "model", "list", "--url", "http://127.0.0.1:9")).Exit);
        var help = await Cli.RunAsync(folder, null, "--help");
        Assert.Equal(Ok, help.Exit.ToString());
        Assert.Contains("model", help.Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Address_FromFlagEnvironmentFileAndAliases_CountsInThatOrder()
    {
        await File.WriteAllTextAsync(Path.Combine(folder, ".env"), "MODELPLATFORM_URL=http://127.0.0.1:9\n", Cancellation);
        Assert.Equal(6, (await Cli.RunAsync(folder, null, "model", "list")).Exit);
        var address = $"http://localhost:{platform.ApiPort}";
        foreach (var name in new[] { "MODELPLATFORM_URL", "HARPER_URL", "CLI_TARGET_URL" })
        {
            Assert.Equal(0, (await Cli.RunAsync(folder, new Dictionary<string, string> { [name] = address }, "model", "list", "-f", "quiet")).Exit);
        }

        var wrong = new Dictionary<string, string> { ["MODELPLATFORM_URL"] = "http://127.0.0.1:9" };
        Assert.Equal(0, (await Cli.RunAsync(folder, wrong, "model", "list", "--url", address)).Exit);
    }

    private Task<CliResult> RunAsync(params string[] arguments) => Cli.RunAsync(folder, null, [.. arguments, "--url", $"http://localhost:{platform.ApiPort}"]);

    private async Task<CliResult> OkAsync(params string[] arguments)
    {
        var result = await RunAsync(arguments);
        Assert.True(result.Exit == 0, $"{string.Join(' ', arguments)} ended with {result.Exit}\n{result.Data}\n{result.Progress}");
        return result;
    }

    private async Task<JsonNode> JsonAsync(params string[] arguments) => (await OkAsync([.. arguments, "--format", "json"])).Json;
}
