using System.Text.Json.Nodes;
using ModelPlatform.Cli;
using ModelPlatform.Cli.Connection;
using ModelPlatform.Cli.Output;
using ModelPlatform.Dashboard.Tests.Client;

namespace ModelPlatform.Dashboard.Tests.CommandLine;

public sealed class CommandLineTests : IDisposable
{
    private static readonly Dictionary<string, string> NoFile = [];

    private readonly StringWriter data = new();
    private readonly StringWriter progress = new();

    public void Dispose()
    {
        data.Dispose();
        progress.Dispose();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(404, "MODEL_NOT_FOUND", ExitCode.NotFound)]
    [InlineData(401, "UNAUTHORIZED", ExitCode.Unauthorized)]
    [InlineData(422, "INTEGRITY_FAILED", ExitCode.Integrity)]
    [InlineData(409, "MODEL_NAME_CONFLICT", ExitCode.Failed)]
    public async Task Command_ProblemAnswer_EndsWithItsExitCodeAndKeepsStandardOutputClean(int status, string code, int exit)
    {
        await using var api = await RecordedApi.StartAsync(status, $$"""{"error":"what went wrong","code":"{{code}}","retryable":false}""");

        Assert.Equal(exit, await RunAsync(api, "model", "show", "m:v1"));

        Assert.Empty(data.ToString());
        Assert.Contains($"{code}: what went wrong", progress.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Command_NobodyThere_SaysHowToStartIt()
    {
        var terminal = Terminal();

        Assert.Equal(ExitCode.Unreachable, await Entry.RunAsync(["model", "list", "--url", "http://127.0.0.1:9"], terminal, Cancellation));
        Assert.Contains("--url", progress.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model", "fetch", "url")]
    [InlineData("nonsense")]
    [InlineData("job", "list", "--status", "melting")]
    [InlineData("model", "list", "--url", "ftp://x")]
    public async Task Command_WrongUse_EndsWithUsage(params string[] args) => Assert.Equal(ExitCode.Usage, await Entry.RunAsync(args, Terminal(), Cancellation));

    [Fact]
    public async Task Fetch_Json_IsTheAnswerAlone()
    {
        await using var api = await RecordedApi.StartAsync(202, """{"jobId":"j1","status":"queued","message":"m","modelId":"n:v2"}""");

        var exit = await RunAsync(
            api, "model", "fetch", "url", "https://a/b.onnx", "--name", "n", "--version", "v2", "--stage", "staging", "--webhook", "https://h/", "--fallback", "ipfs=bafy", "--metadata", "task=ocr", "--format", "json");

        Assert.Equal(ExitCode.Ok, exit);
        Assert.Equal("j1", (string?)JsonNode.Parse(data.ToString())!["jobId"]);
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse("""{"source":"url","sourceReference":"https://a/b.onnx","modelName":"n","modelVersion":"v2","stage":"staging","webhookUrl":"https://h/","metadata":{"task":"ocr"},"fallbacks":[{"source":"ipfs","sourceReference":"bafy"}]}"""),
            JsonNode.Parse(Assert.Single(api.Requests).Body)));
    }

    [Fact]
    public async Task List_Quiet_IsIdsOnly()
    {
        await using var api = await RecordedApi.StartAsync(200, """[{"id":"a:v1"},{"id":"b:v2"}]""");

        Assert.Equal(ExitCode.Ok, await RunAsync(api, "model", "list", "--format", "quiet"));

        Assert.Equal(["a:v1", "b:v2"], data.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Watch_FailedJob_EndsByItselfWithRemedyAndNextCommand()
    {
        await using var api = await RecordedApi.StartAsync(200, """{"id":"j1","status":"failed","modelName":"n","modelVersion":"v1","lastError":"\u001b[31mno space","errorCode":"DISK_FULL"}""");

        Assert.Equal(ExitCode.Failed, await RunAsync(api, "job", "watch", "j1"));

        Assert.Contains("Free space", progress.ToString(), StringComparison.Ordinal);
        Assert.Contains("modelplatform job retry j1", progress.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', progress.ToString());
    }

    [Fact]
    public async Task Remove_NobodyToAsk_DoesNothingWithoutYes()
    {
        await using var api = await RecordedApi.StartAsync(200, "{}");

        Assert.Equal(ExitCode.Failed, await RunAsync(api, "model", "rm", "a:v1"));
        Assert.Empty(api.Requests);
        Assert.Equal(ExitCode.Ok, await RunAsync(api, "model", "rm", "a:v1", "-y"));
        Assert.Equal("DELETE", Assert.Single(api.Requests).Method);
    }

    [Fact]
    public void Target_Precedence_IsFlagThenEnvironmentThenFileThenDefault()
    {
        var file = DotEnv.Parse(["# mine", "export MODELPLATFORM_URL=\"http://file:1\"", "MODEL_FETCH_TOKEN='t1' "]);

        Assert.Equal("http://flag:1/", Target.Find("http://flag:1", null, _ => "http://env:1", file)!.Address.AbsoluteUri);
        Assert.Equal("http://env:1/", Target.Find(null, null, name => name == "CLI_TARGET_URL" ? "http://env:1" : null, file)!.Address.AbsoluteUri);
        Assert.Equal(new Target(new Uri("http://file:1"), "t1"), Target.Find(null, null, _ => null, file));
        Assert.Equal("http://localhost:5100/", Target.Find(null, null, _ => null, NoFile)!.Address.AbsoluteUri);
    }

    private Task<int> RunAsync(RecordedApi api, params string[] args) => Entry.RunAsync([.. args, "--url", api.Address.AbsoluteUri], Terminal(), Cancellation);

    private Terminal Terminal() => new(data, progress, TextReader.Null, false, _ => null, Path.GetTempPath());
}
