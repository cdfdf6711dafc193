using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using ModelPlatform.FunctionalTests.Platform;

namespace ModelPlatform.FunctionalTests.Jobs;

/// <summary>CONTRACTS §1 on the wire, as deployed clients speak it.</summary>
[Collection(JobsPlatform.Collection)]
public sealed class JobApiTests(JobsPlatform platform)
{
    private static readonly string[] Fields =
    [
        "id", "jobId", "source", "sourceReference", "variant", "modelName", "modelVersion", "framework", "stage", "status", "progress", "downloadedBytes", "totalBytes", "retryCount",
        "maxRetries", "lastError", "errorCode", "retryable", "inferredMetadata", "userMetadata", "webhookUrl", "createdAt", "startedAt", "completedAt", "resultModelId",
        "revision", "bytesPerSecond", "etaSeconds", "chunksVerified", "chunksReused", "totalChunks", "currentFile", "attempts", "nextRetryAt",
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task FetchModel_FromAcceptanceToTheStoredModel_AnswersAsTheContractSays()
    {
        var model = JobsPlatform.NewModel("whole");
        var held = new TaskCompletionSource();
        platform.Origin.Intercept = async (context, _) =>
        {
            await (context.Request.Path == $"/{model}.onnx" ? held.Task.WaitAsync(context.RequestAborted) : Task.CompletedTask);
            return false;
        };
        var request = FetchApi.Request("url", platform.Origin.Put($"/{model}.onnx", new Content(10_240, seed: 77)), model);
        request["metadata"] = new JsonObject { ["taskType"] = "embedding" };
        using var accepted = await platform.Api.PostAsync("/FetchModel", JsonContent.Create(request), Cancel);
        var ticket = (await accepted.Content.ReadFromJsonAsync<JsonObject>(Cancel))!;
        var id = (string)ticket["jobId"]!;
        Assert.Equal((HttpStatusCode.Accepted, $"http://localhost:{platform.Platform.ApiPort}/ModelFetchJob?id={id}"), (accepted.StatusCode, accepted.Headers.Location?.ToString()));
        Assert.NotNull(accepted.Headers.RetryAfter?.Delta);
        var expected = new JsonObject
        {
            ["jobId"] = id, ["status"] = "queued", ["message"] = $"Job created successfully. Use GET /ModelFetchJob?id={id} to track progress.", ["modelId"] = $"{model}:v1",
        };
        Assert.True(JsonNode.DeepEquals(expected, ticket), ticket.ToJsonString());
        Assert.True(Guid.TryParse(id, out _));

        // While it is active, the same request is the same job.
        using var again = await platform.Api.PostAsync("/FetchModel", JsonContent.Create(request.DeepClone()), Cancel);
        var same = (await again.Content.ReadFromJsonAsync<JsonObject>(Cancel))!;
        Assert.Equal((HttpStatusCode.OK, id, true), (again.StatusCode, (string?)same["jobId"], (bool)same["existing"]!));
        held.SetResult();
        platform.Origin.Intercept = null;

        var job = await platform.UntilAsync(id, job => (string?)job["status"] == "completed", Cancel);
        Assert.Empty(Fields.Except(job.Select(pair => pair.Key)));
        Assert.Equal((100, 10_240, 10_240, $"{model}:v1", "embedding"), ((int)job["progress"]!, (long)job["downloadedBytes"]!, (long)job["totalBytes"]!, (string?)job["resultModelId"], (string?)job["userMetadata"]!["taskType"]));
        Assert.All(new[] { "createdAt", "startedAt", "completedAt" }, field => Assert.EndsWith("Z", (string?)job[field], StringComparison.Ordinal));

        var (status, stored) = await platform.Api.PostFetchAsync((JsonObject)request.DeepClone(), Cancel);
        Assert.Equal(200, status);
        Assert.True(JsonNode.DeepEquals(new JsonObject { ["message"] = "Model already exists with same source", ["modelId"] = $"{model}:v1", ["existing"] = true }, stored), stored.ToJsonString());
        var (conflict, other) = await platform.Api.PostFetchAsync(FetchApi.Request("url", platform.Origin.Address + "/other.onnx", model), Cancel);
        Assert.Equal((409, "MODEL_NAME_CONFLICT", false), (conflict, (string?)other["code"], (bool)other["retryable"]!));
        Assert.Equal($"Model {model}:v1 already exists from a different source (url:{platform.Origin.Address}/{model}.onnx). Delete it first or use a different modelName/modelVersion.", (string?)other["error"]);
    }

    [Theory]
    [InlineData("/ModelFetchJob")]
    [InlineData("/ModelFetchJobs")]
    public async Task ModelFetchJob_UnderBothNames_TakesTheTokenInEveryWay(string path)
    {
        var id = await platform.FetchSmallAsync(JobsPlatform.NewModel("named"), Cancel);
        foreach (var way in new[] { $"Authorization: Bearer {JobsPlatform.Token}", $"Authorization: {JobsPlatform.Token}", $"X-Model-Fetch-Token: {JobsPlatform.Token}" })
        {
            Assert.Equal(id, (string?)(await platform.SendAsync($"GET {path}?id={id}", way)).Json["id"]);
        }

        Assert.Equal(id, (string?)(await platform.SendAsync($"GET {path}?id={id}&token={JobsPlatform.Token}")).Json["id"]);
        var refused = await platform.SendAsync($"GET {path}?id={id}");
        Assert.Equal((401, "UNAUTHORIZED", "Unauthorized: MODEL_FETCH_TOKEN required"), (refused.Status, refused.Code, (string?)refused.Json["error"]));
        await platform.UntilAsync(id, job => (string?)job["status"] == "completed", Cancel);

        using var client = new HttpClient { BaseAddress = platform.Api.BaseAddress };
        using var body = new StringContent($$"""{"token":"{{JobsPlatform.Token}}","jobId":"{{id}}","action":"retry"}""", Encoding.UTF8, "application/json");
        using var acted = await client.PostAsync(path, body, Cancel);
        Assert.Equal(HttpStatusCode.Conflict, acted.StatusCode);
        Assert.Contains($"Job {id} is not in failed state (current status: completed)", await acted.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ModelFetchJob_List_FiltersLimitsAndShowsTheNewestFirst()
    {
        var model = JobsPlatform.NewModel("listed");
        var ids = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            ids.Add(await platform.FetchSmallAsync(model, Cancel, ("modelVersion", $"v{i}")));
            await platform.UntilAsync(ids[i], job => (string?)job["status"] == "completed", Cancel);
        }

        var failed = await platform.FetchSmallAsync(model, Cancel, ("modelVersion", "v9"), ("expectedSha256", new string('0', 64)), ("maxRetries", 0));
        await platform.UntilAsync(failed, job => (string?)job["status"] == "failed", Cancel);
        ids.Add(failed);
        ids.Reverse();

        Assert.Equal(ids, await ListAsync($"?modelName={model}"));
        Assert.Equal(ids[..2], await ListAsync($"?modelName={model}&limit=2"));
        Assert.Equal(ids[1..], await ListAsync($"?modelName={model}&status=completed"));
        Assert.Equal([failed], await ListAsync($"?modelName={model}&status=failed"));
        Assert.Equal(failed, (await ListAsync("?limit=1")).Single());
        Assert.Empty(await ListAsync("?modelName=never-heard-of"));
        foreach (var (query, field) in new[] { ("?limit=0", "limit"), ("?limit=x", "limit"), ("?limit=1001", "limit"), ("?status=done", "status") })
        {
            var (status, body) = await platform.GetAsync($"/ModelFetchJobs{query}", Cancel);
            Assert.Equal((400, "INVALID_REQUEST"), (status, (string?)body["code"]));
            Assert.NotNull(body["errors"]![field]);
        }

        async Task<IReadOnlyList<string>> ListAsync(string query)
        {
            var (status, body) = await platform.GetAsync($"/ModelFetchJobs{query}", Cancel);
            var jobs = body["jobs"]!.AsArray();
            Assert.Equal((200, jobs.Count), (status, (int)body["count"]!));
            return [.. jobs.Select(job => (string)job!["id"]!)];
        }
    }

    [Fact]
    public async Task ModelFetchJob_Actions_DoWhatTheyCanAndSayWhyTheyCannot()
    {
        var model = JobsPlatform.NewModel("acted");
        var held = new TaskCompletionSource();
        platform.Origin.Intercept = async (context, _) =>
        {
            await (context.Request.Path == $"/{model}.onnx" ? held.Task.WaitAsync(context.RequestAborted) : Task.CompletedTask);
            return false;
        };
        var id = await platform.FetchSmallAsync(model, Cancel);
        await platform.UntilAsync(id, job => (string?)job["status"] == "downloading", Cancel);

        await RefusedAsync(id, "retry", 409, "INVALID_STATE", $"Job {id} is not in failed state (current status: downloading)");
        await RefusedAsync(id, "resume", 409, "INVALID_STATE", $"Job {id} is not paused (current status: downloading)");
        await RefusedAsync(id, "explode", 400, "INVALID_REQUEST", "Unknown action: explode. Supported: retry");
        await RefusedAsync("nope", "retry", 404, "JOB_NOT_FOUND", "Job nope not found");
        Assert.Equal(400, (await platform.ActAsync(null, null, Cancel)).Status);
        Assert.Equal((404, "JOB_NOT_FOUND"), ((await platform.GetAsync("/ModelFetchJob?id=nope", Cancel)).Status, (string?)(await platform.GetAsync("/ModelFetchJob?id=nope", Cancel)).Body["code"]));

        await DoneAsync(id, "pause", "paused", "Job paused");
        await RefusedAsync(id, "pause", 409, "INVALID_STATE", $"Job {id} cannot be paused (current status: paused)");
        await DoneAsync(id, "resume", "queued", "Job resumed");
        await platform.UntilAsync(id, job => (string?)job["status"] == "downloading", Cancel);
        await DoneAsync(id, "cancel", "cancelled", "Job cancelled");
        await RefusedAsync(id, "cancel", 409, "INVALID_STATE", $"Job {id} cannot be cancelled (current status: cancelled)");
        await RefusedAsync(id, "resume", 409, "INVALID_STATE", $"Job {id} is not paused (current status: cancelled)");
        await RefusedAsync(id, "retry", 409, "INVALID_STATE", $"Job {id} is not in failed state (current status: cancelled)");
        held.SetResult();
        platform.Origin.Intercept = null;
        Assert.NotNull((await platform.UntilAsync(id, _ => true, Cancel))["completedAt"]);

        // After cancelled a POST makes a new job, and after failed a retry goes on with the old one.
        var next = await platform.FetchSmallAsync(model, Cancel, ("expectedSha256", new string('0', 64)));
        Assert.NotEqual(id, next);
        var failed = await platform.UntilAsync(next, job => (string?)job["status"] == "failed", Cancel);
        Assert.Equal(("INTEGRITY_FAILED", false), ((string?)failed["errorCode"], (bool)failed["retryable"]!));
        await RefusedAsync(next, "pause", 409, "INVALID_STATE", $"Job {next} cannot be paused (current status: failed)");
        await DoneAsync(next, "retry", "queued", "Job reset to queued for retry");
        await platform.UntilAsync(next, job => (string?)job["status"] == "failed" && job["attempts"]!.AsArray().Count == 2, Cancel);
    }

    [Fact]
    public async Task FetchModel_OriginFailsForAWhile_ShowsRetriesAndAttempts()
    {
        var model = JobsPlatform.NewModel("retried");
        var calls = 0;
        platform.Origin.Intercept = (context, _) =>
        {
            var fails = context.Request.Path == $"/{model}.onnx" && Interlocked.Increment(ref calls) <= 2;
            context.Response.StatusCode = fails ? 503 : 200;
            return Task.FromResult(fails);
        };
        var id = await platform.FetchSmallAsync(model, Cancel);

        var job = await platform.UntilAsync(id, job => (string?)job["status"] == "completed", Cancel);
        platform.Origin.Intercept = null;

        var attempts = job["attempts"]!.AsArray();
        Assert.True(attempts.Count >= 2, job.ToJsonString());
        Assert.Equal("SOURCE_SERVER_ERROR", (string?)attempts[0]!["errorCode"]);
        Assert.Equal((null, null, "url"), ((string?)attempts[^1]!["errorCode"], (string?)job["lastError"], (string?)attempts[^1]!["source"]));
    }

    [Fact]
    public async Task WorkerControl_StopAndStart_HoldsJobsBackAndLetsThemGo()
    {
        var (status, before) = await platform.GetAsync("/WorkerControl", Cancel);
        Assert.Equal((200, true, true, 3, 5000), (status, (bool)before["enabled"]!, (bool)before["running"]!, (int)before["maxConcurrent"]!, (int)before["pollInterval"]!));
        Assert.Single(before["servers"]!.AsArray());
        Assert.Empty(before["rateLimitedSources"]!.AsArray());
        Assert.False((bool)(await ControlAsync("stop")).Body["running"]!);
        var id = await platform.FetchSmallAsync(JobsPlatform.NewModel("held"), Cancel, ("priority", "high"), ("stage", "staging"));
        Assert.Equal(("queued", "staging", "high"), await platform.UntilAsync(id, _ => true, Cancel) is var job ? ((string?)job["status"], (string?)job["stage"], (string?)job["priority"]) : default);
        Assert.Equal(400, (await ControlAsync("explode")).Status);
        Assert.True((bool)(await ControlAsync("start")).Body["running"]!);
        await platform.UntilAsync(id, job => (string?)job["status"] == "completed", Cancel);

        async Task<(int Status, JsonObject Body)> ControlAsync(string action)
        {
            using var response = await platform.Api.PostAsync("/WorkerControl", JsonContent.Create(new { action }), Cancel);
            return ((int)response.StatusCode, (await response.Content.ReadFromJsonAsync<JsonObject>(Cancel))!);
        }
    }

    [Fact]
    public async Task FetchModel_Malformed_NamesEveryFieldAndMakesNoJob()
    {
        var (status, body) = await platform.Api.PostFetchAsync(
            new JsonObject { ["modelName"] = "a/b/c", ["stage"] = "moon", ["priority"] = "now", ["scheduledAt"] = "soon", ["webhookUrl"] = "x", ["expectedSha256"] = "1", ["maxRetries"] = -1 }, Cancel);
        Assert.Equal((400, "INVALID_REQUEST", false), (status, (string?)body["code"], (bool)body["retryable"]!));
        Assert.Equal(["expectedSha256", "maxRetries", "modelName", "priority", "scheduledAt", "source", "sourceReference", "stage", "webhookUrl"], body["errors"]!.AsObject().Select(pair => pair.Key).Order(StringComparer.Ordinal));
        foreach (var (source, reference, code) in new[] { ("nowhere", "x", "INVALID_SOURCE"), ("url", "ftp://x/y", "SECURITY_VIOLATION"), ("filesystem", "../x", "SECURITY_VIOLATION") })
        {
            Assert.Equal((400, code), await platform.Api.PostFetchAsync(FetchApi.Request(source, reference, "never"), Cancel) is var answer ? (answer.Status, (string?)answer.Body["code"]) : default);
        }

        Assert.Equal(0, (int)(await platform.GetAsync("/ModelFetchJobs?modelName=never", Cancel)).Body["count"]!);
    }

    private async Task DoneAsync(string id, string action, string status, string message)
    {
        var (code, body) = await platform.ActAsync(id, action, Cancel);
        Assert.Equal((200, id, status, message), (code, (string?)body["jobId"], (string?)body["status"], (string?)body["message"]));
    }

    private async Task RefusedAsync(string id, string action, int status, string code, string error)
    {
        var (answered, body) = await platform.ActAsync(id, action, Cancel);
        Assert.Equal((status, code, error, false), (answered, (string?)body["code"], (string?)body["error"], (bool)body["retryable"]!));
    }
}
