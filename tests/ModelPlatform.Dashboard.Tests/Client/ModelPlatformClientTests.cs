using System.Text.Json.Nodes;
using ModelPlatform.Client.Connection;
using ModelPlatform.Client;
using ModelPlatform.Client.Jobs;

namespace ModelPlatform.Dashboard.Tests.Client;

public sealed class ModelPlatformClientTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task InspectAsync_ProblemAnswer_CarriesAllItsMembers()
    {
        await using var api = await RecordedApi.StartAsync(
            429, """{"type":"about:blank","title":"x","status":429,"error":"hub.example asks to wait","code":"RATE_LIMITED","retryable":true,"retryAfterSeconds":7,"errors":{"source":["is busy"]},"traceId":"00-1"}""");

        var answer = await api.Client().Models.InspectAsync("huggingface", "org/model", cancellationToken: Cancellation);

        Assert.False(answer.IsSuccess);
        Assert.Equal(("hub.example asks to wait", "RATE_LIMITED", true, 7.0, 429, "00-1"), (answer.Problem.Error, answer.Problem.Code, answer.Problem.Retryable, answer.Problem.RetryAfterSeconds, answer.Problem.Status, answer.Problem.TraceId));
        Assert.Equal(["is busy"], answer.Problem.Errors!["source"]);
        Assert.NotNull(answer.Problem.Remedy);
    }

    [Fact]
    public async Task ListAsync_NobodyThere_IsUnreachableAndRetryable()
    {
        Uri address;
        await using (var api = await RecordedApi.StartAsync(200, "[]"))
        {
            address = api.Address;
        }

        using var http = new HttpClient { BaseAddress = address };
        var answer = await new ModelPlatformClient(http).Models.ListAsync(cancellationToken: Cancellation);

        Assert.Equal(ProblemCode.Unreachable, answer.Problem?.Code);
        Assert.True(answer.Problem!.Retryable);
        Assert.Null(answer.Problem.Status);
    }

    [Fact]
    public async Task ListAsync_CallerCancels_Throws()
    {
        await using var api = await RecordedApi.StartAsync(context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        using var cancelling = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => api.Client().Models.ListAsync(cancellationToken: cancelling.Token));
    }

    [Theory]
    [InlineData("<html>not found</html>")]
    [InlineData("""{"error":"No such route","code":"NOT_FOUND","retryable":false}""")]
    public async Task GetUsageAsync_ResourceUnknownToThePlatform_IsNotOffered(string body)
    {
        await using var api = await RecordedApi.StartAsync(404, body);

        var answer = await api.Client().Storage.GetUsageAsync(Cancellation);

        Assert.True(answer.Problem!.IsNotOffered);
    }

    [Fact]
    public async Task GetManifestAsync_ModelUnknown_IsOfferedAndNotFound()
    {
        await using var api = await RecordedApi.StartAsync(404, """{"error":"There is no a:v1.","code":"MODEL_NOT_FOUND","retryable":false}""");

        var answer = await api.Client().Models.GetManifestAsync("a:v1", Cancellation);

        Assert.False(answer.Problem!.IsNotOffered);
        Assert.Equal(ProblemCode.ModelNotFound, answer.Problem.Code);
    }

    [Fact]
    public async Task OpenArtifactAsync_NameWithSlashAndOddFile_EncodesOnce()
    {
        await using var api = await RecordedApi.StartAsync(206, "x");

        using var response = (await api.Client().Models.OpenArtifactAsync("org/name:v1", "onnx/a b#1.onnx", 5, 9, Cancellation)).Value;

        var request = Assert.Single(api.Requests);
        Assert.Equal("/v2/models/org%2Fname:v1/artifacts/onnx/a%20b%231.onnx", request.Target);
        Assert.Equal("bytes=5-9", request.Headers["Range"]);
    }

    [Fact]
    public async Task FetchAsync_WithToken_SendsItAndOnlyWhatIsGiven()
    {
        await using var api = await RecordedApi.StartAsync(202, """{"jobId":"j1","status":"queued","message":"m","modelId":"n:v1"}""");
        var request = new FetchModelRequest { Source = "url", SourceReference = "https://a/b.onnx", ModelName = "n", Fallbacks = [new FetchFallback("ipfs", "bafy")] };

        var answer = await api.Client("s3cret").Jobs.FetchAsync(request, Cancellation);

        Assert.Equal(("j1", JobStatus.Queued, false), (answer.Value.JobId, answer.Value.Status, answer.Value.Existing));
        var sent = Assert.Single(api.Requests);
        Assert.Equal(("POST", "/FetchModel", "Bearer s3cret"), (sent.Method, sent.Target, sent.Headers["Authorization"]));
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse("""{"source":"url","sourceReference":"https://a/b.onnx","modelName":"n","fallbacks":[{"source":"ipfs","sourceReference":"bafy"}]}"""), JsonNode.Parse(sent.Body)));
    }

    [Fact]
    public async Task ListAsync_JobsOfANewerPlatform_AreReadAllTheSame()
    {
        await using var api = await RecordedApi.StartAsync(
            200, """{"jobs":[{"id":"j1","status":"defrosting","modelName":"n","modelVersion":"v1","bytesPerSecond":1048576,"etaSeconds":3,"somethingNew":{}},{"id":"j2","status":"failed"}],"count":2}""");

        var jobs = (await api.Client().Jobs.ListAsync(JobStatus.Failed, "n", 2, Cancellation)).Value;

        Assert.Equal([JobStatus.Unknown, JobStatus.Failed], jobs.Jobs.Select(job => job.Status));
        Assert.Equal("/ModelFetchJob?status=failed&modelName=n&limit=2", Assert.Single(api.Requests).Target);
    }

    [Fact]
    public async Task PinAsync_EmptyAnswer_IsSuccess()
    {
        await using var api = await RecordedApi.StartAsync(context =>
        {
            context.Response.StatusCode = 204;
            return Task.CompletedTask;
        });

        Assert.True((await api.Client().Models.PinAsync("n:v1", true, Cancellation)).IsSuccess);
        Assert.Equal("PUT", Assert.Single(api.Requests).Method);
    }

    [Fact]
    public async Task Client_BaseAddressWithPath_KeepsThePath()
    {
        await using var api = await RecordedApi.StartAsync(200, "[]");
        using var http = new HttpClient { BaseAddress = new Uri(api.Address, "/behind/a/proxy") };

        await new ModelPlatformClient(http).Plugins.ListAsync(Cancellation);

        Assert.Equal("/behind/a/proxy/v1/plugins", Assert.Single(api.Requests).Target);
    }

    [Fact]
    public async Task GetManifestAsync_NotAManifest_IsUnexpectedAnswer()
    {
        await using var api = await RecordedApi.StartAsync(200, "<html></html>");

        Assert.Equal(ProblemCode.UnexpectedAnswer, (await api.Client().Models.GetManifestAsync("n", Cancellation)).Problem?.Code);
    }
}
