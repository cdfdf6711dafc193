using System.Text.Json.Nodes;
using ModelPlatform.Fetching;
using ModelPlatform.Integrity;
using ModelPlatform.Jobs;
using ModelPlatform.Registry;
using ModelPlatform.Sources;
using ModelPlatform.Tests.Stores;

namespace ModelPlatform.Tests.Jobs;

public sealed class FetchJobTests(GarnetFixture fixture) : IClassFixture<GarnetFixture>
{
    private readonly GarnetServer garnet = fixture.Server;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static string NewModel() => $"m{Guid.NewGuid():N}"[..12];

    [Fact]
    public async Task CreateAsync_NewModel_RunsToCompletedAndPublishesOnce()
    {
        var registry = new MemoryRegistry();
        await using var server = await JobServerHost.StartAsync(garnet, ScriptedEngine.Instant, registry);
        var model = NewModel();

        var ticket = (await server.Jobs.CreateAsync(JobServerHost.Request(model) with { Metadata = new JsonObject { ["license"] = "apache-2.0", ["taskType"] = "embedding" } }, Token)).Value;

        Assert.False(ticket.Existing);
        Assert.Equal($"{model}:v1", ticket.ModelId);
        Assert.Equal($"Job created successfully. Use GET /ModelFetchJob?id={ticket.JobId} to track progress.", ticket.Message);
        var job = await server.UntilAsync(ticket.JobId!, job => job.Status == FetchStatus.Completed);
        Assert.Equal((100, $"{model}:v1", 1), (job.Progress, job.ResultModelId, registry.Publications));
        Assert.NotNull(job.StartedAt);
        Assert.NotNull(job.CompletedAt);
        Assert.Null(Assert.Single(job.Attempts).ErrorCode);

        var again = (await server.Jobs.CreateAsync(JobServerHost.Request(model), Token)).Value;
        Assert.Equal((true, null, "Model already exists with same source"), (again.Existing, again.JobId, again.Message));
        var other = await server.Jobs.CreateAsync(JobServerHost.Request(model) with { SourceReference = "http://elsewhere.test/x.onnx" }, Token);
        Assert.Equal(ErrorCode.ModelNameConflict, other.Error!.Code);
        Assert.Equal($"Model {model}:v1 already exists from a different source (url:http://origin.test/{model}.onnx). Delete it first or use a different modelName/modelVersion.", other.Error.Message);

        var card = (await registry.FindAsync(new ModelReference(model, "v1", null), Token))!.Card;
        Assert.Equal("from the source", (string?)card.Metadata["description"]);
        Assert.Equal("apache-2.0", (string?)card.Metadata["license"]);
        Assert.Equal("embedding", (string?)card.Metadata["taskType"]);
        Assert.Equal("url", (string?)card.Metadata["fetchSource"]);
        Assert.Equal($"http://origin.test/{model}.onnx", (string?)card.Metadata["fetchReference"]);
        Assert.NotNull(card.Metadata["fetchVariant"]);
        Assert.EndsWith("Z", (string?)card.Metadata["fetchedAt"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateAsync_SameModelTwentyTimesAtOnce_IsOneJob()
    {
        var gate = new TaskCompletionSource();
        var engine = new ScriptedEngine(async (_, _, _, _, token) => { await gate.Task.WaitAsync(token); return null; });
        await using var server = await JobServerHost.StartAsync(garnet, engine, new MemoryRegistry());
        var model = NewModel();

        var tickets = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => server.Jobs.CreateAsync(JobServerHost.Request(model), Token)));

        Assert.Single(tickets.Select(ticket => ticket.Value.JobId).Distinct());
        Assert.Single(tickets, ticket => !ticket.Value.Existing);
        var clash = await server.Jobs.CreateAsync(JobServerHost.Request(model.ToUpperInvariant()), Token);
        Assert.Equal(ErrorCode.ModelNameConflict, clash.Error!.Code);
        gate.SetResult();
        await server.UntilAsync(tickets[0].Value.JobId!, job => job.Status == FetchStatus.Completed);
        Assert.Equal(1, engine.Calls(model));
    }

    [Fact]
    public async Task RunAsync_RetryableErrors_RetriesThreeTimesWithDoubledWaitsThenFails()
    {
        var engine = new ScriptedEngine((_, _, _, _, _) => Task.FromResult<PlatformError?>(new PlatformError(ErrorCode.SourceServerError, "The origin answers 503.")));
        await using var server = await JobServerHost.StartAsync(garnet, engine, new MemoryRegistry());
        var model = NewModel();

        var ticket = (await server.Jobs.CreateAsync(JobServerHost.Request(model), Token)).Value;
        var job = await server.UntilAsync(ticket.JobId!, job => job.Status == FetchStatus.Failed);

        Assert.Equal(4, engine.Calls(model));
        Assert.Equal((3, "SOURCE_SERVER_ERROR", true, "The origin answers 503."), (job.RetryCount, job.ErrorCode, job.Retryable, job.LastError));
        Assert.Equal(4, job.Attempts.Count);
        Assert.All(job.Attempts, attempt => Assert.Equal("SOURCE_SERVER_ERROR", attempt.ErrorCode));
        // The wait counts from the failure, the attempt ends a moment later, and times are kept in whole milliseconds.
        var rounding = TimeSpan.FromMilliseconds(20);
        TimeSpan[] waits = [.. job.Attempts.Skip(1).Zip(job.Attempts, (next, before) => next.StartedAt - before.EndedAt!.Value + rounding)];
        Assert.True(waits[0] >= TimeSpan.FromMilliseconds(200) && waits[1] >= TimeSpan.FromMilliseconds(400) && waits[2] >= TimeSpan.FromMilliseconds(800), string.Join(' ', waits));

        var retry = (await server.Jobs.ActAsync(ticket.JobId!, FetchAction.Retry, Token)).Value;
        Assert.Equal((FetchStatus.Queued, "Job reset to queued for retry"), (retry.Status, retry.Message));
        await server.UntilAsync(ticket.JobId!, job => job.Status == FetchStatus.Failed);
        Assert.Equal(8, engine.Calls(model));
    }

    [Theory]
    [InlineData(ErrorCode.SecurityViolation)]
    [InlineData(ErrorCode.ModelNotFound)]
    [InlineData(ErrorCode.AccessDenied)]
    [InlineData(ErrorCode.UnsupportedFramework)]
    [InlineData(ErrorCode.FileTooLarge)]
    [InlineData(ErrorCode.DiskFull)]
    [InlineData(ErrorCode.IntegrityFailed)]
    public async Task RunAsync_ErrorNoRetryCanHelp_FailsAtOnce(ErrorCode code)
    {
        var engine = new ScriptedEngine((_, _, _, _, _) => Task.FromResult<PlatformError?>(new PlatformError(code, "No.")));
        await using var server = await JobServerHost.StartAsync(garnet, engine, new MemoryRegistry());
        var model = NewModel();

        var ticket = (await server.Jobs.CreateAsync(JobServerHost.Request(model), Token)).Value;
        var job = await server.UntilAsync(ticket.JobId!, job => job.Status == FetchStatus.Failed);

        Assert.Equal((1, 0, code.WireName(), false), (engine.Calls(model), job.RetryCount, job.ErrorCode, job.Retryable));
        var second = (await server.Jobs.CreateAsync(JobServerHost.Request(model), Token)).Value;
        Assert.NotEqual(ticket.JobId, second.JobId);
        await server.UntilAsync(second.JobId!, job => job.Status == FetchStatus.Failed);
    }

    [Fact]
    public async Task RunAsync_EachRunMakesProgress_RetryBudgetBeginsAnew()
    {
        var engine = new ScriptedEngine((_, call, _, progress, _) =>
        {
            progress.Planned(new FetchTotals("onnx", null, 700, 7, [("a", 700)], []));
            progress.ChunkVerified(new VerifiedChunk(0, "a", call, 100, false, 0));
            return Task.FromResult(call < 7 ? new PlatformError(ErrorCode.ConnectionFailed, "The connection broke.") : null);
        });
        await using var server = await JobServerHost.StartAsync(garnet, engine, new MemoryRegistry());
        var model = NewModel();

        var ticket = (await server.Jobs.CreateAsync(JobServerHost.Request(model), Token)).Value;
        await server.UntilAsync(ticket.JobId!, job => job.Status == FetchStatus.Completed);

        Assert.Equal(7, engine.Calls(model));
    }

    [Fact]
    public async Task RunAsync_SourceAsksToWait_WaitsThatLong()
    {
        var engine = new ScriptedEngine((_, call, _, _, _) => Task.FromResult(call == 1 ? new PlatformError(ErrorCode.RateLimited, "429") { RetryAfter = TimeSpan.FromSeconds(2) } : null));
        await using var server = await JobServerHost.StartAsync(garnet, engine, new MemoryRegistry());
        var ticket = (await server.Jobs.CreateAsync(JobServerHost.Request(NewModel()), Token)).Value;

        var waiting = await server.UntilAsync(ticket.JobId!, job => job.NextRetryAt is not null);
        Assert.Equal((FetchStatus.Queued, "RATE_LIMITED", 1), (waiting.Status, waiting.ErrorCode, waiting.RetryCount));
        var job = await server.UntilAsync(ticket.JobId!, job => job.Status == FetchStatus.Completed);
        Assert.True(job.Attempts[1].StartedAt - job.Attempts[0].EndedAt >= TimeSpan.FromSeconds(1.98));
        Assert.Null(job.ErrorCode);
    }

    [Fact]
    public async Task ActAsync_PauseResumeCancelFromAnotherProcess_StopsTheRunnerAtOnce()
    {
        var stopped = 0;
        var engine = new ScriptedEngine(async (_, _, journal, progress, token) =>
        {
            progress.Planned(new FetchTotals("onnx", "abc", 1000, 10, [("a", 1000)], []));
            await journal.AppendAsync(0, [new JournaledChunk(0, Sha256Digest.Of([1]), 100, 0)], token);
            progress.ChunkVerified(new VerifiedChunk(0, "a", 0, 100, false, 0));
            try
            {
                await Task.Delay(Timeout.Infinite, token);
            }
            finally
            {
                Interlocked.Increment(ref stopped);
            }

            return null;
        });
        await using var server = await JobServerHost.StartAsync(garnet, engine, new MemoryRegistry());
        await using var api = await JobServerHost.StartAsync(garnet, engine, new MemoryRegistry(), runsJobs: false);
        var ticket = (await api.Jobs.CreateAsync(JobServerHost.Request(NewModel()), Token)).Value;
        var running = await api.UntilAsync(ticket.JobId!, job => job.DownloadedBytes == 100);
        Assert.Equal((FetchStatus.Downloading, 10, "abc", "a"), (running.Status, running.Progress, running.Revision, running.CurrentFile));

        Assert.Equal(FetchStatus.Paused, (await api.Jobs.ActAsync(ticket.JobId!, FetchAction.Pause, Token)).Value.Status);
        for (var i = 0; i < 40 && Volatile.Read(ref stopped) == 0; i++)
        {
            await Task.Delay(25, Token);
        }

        Assert.Equal(1, stopped);
        Assert.Equal(FetchStatus.Paused, (await api.Jobs.FindAsync(ticket.JobId!, Token))!.Status);
        Assert.Equal(FetchStatus.Queued, (await api.Jobs.ActAsync(ticket.JobId!, FetchAction.Resume, Token)).Value.Status);
        await api.UntilAsync(ticket.JobId!, job => job.Status == FetchStatus.Downloading);
        Assert.Equal(FetchStatus.Cancelled, (await api.Jobs.ActAsync(ticket.JobId!, FetchAction.Cancel, Token)).Value.Status);
        for (var i = 0; i < 40 && Volatile.Read(ref stopped) == 1; i++)
        {
            await Task.Delay(25, Token);
        }

        Assert.Equal(2, stopped);
        var refused = await api.Jobs.ActAsync(ticket.JobId!, FetchAction.Retry, Token);
        Assert.Equal($"Job {ticket.JobId} is not in failed state (current status: cancelled)", refused.Error!.Message);
        Assert.Equal(ErrorCode.InvalidState, refused.Error.Code);
        Assert.Equal("Job nope not found", (await api.Jobs.ActAsync("nope", FetchAction.Cancel, Token)).Error!.Message);
    }

    [Fact]
    public async Task RunAsync_ManyJobs_KeepsToTheLimitAndTheOrderOfPriorities()
    {
        var engine = new ScriptedEngine(async (_, _, _, _, token) => { await Task.Delay(30, token); return null; });
        await using var server = await JobServerHost.StartAsync(garnet, engine, new MemoryRegistry(), settings: [("MODEL_FETCH_MAX_CONCURRENT", "1")]);
        await server.Control.SetAsync(false, Token);
        await Task.Delay(500, Token);
        var plan = new[] { ("low", FetchPriority.Low), ("n1", FetchPriority.Normal), ("n2", FetchPriority.Normal), ("n3", FetchPriority.Normal), ("high", FetchPriority.High) };
        var prefix = NewModel();
        var ids = new List<string>();
        // The only worker may take the first while it waits for the switch, or leave it in its queue; the others stay in theirs.
        foreach (var (name, priority) in plan.Prepend(("first", FetchPriority.Normal)))
        {
            ids.Add((await server.Jobs.CreateAsync(JobServerHost.Request($"{prefix}-{name}") with { Priority = priority }, Token)).Value.JobId!);
            await Task.Delay(200, Token);
        }

        Assert.Empty(engine.Order);
        Assert.False((await server.Control.GetAsync(Token)).Running);
        await server.Control.SetAsync(true, Token);
        foreach (var id in ids)
        {
            await server.UntilAsync(id, job => job.Status == FetchStatus.Completed);
        }

        var order = engine.Order.Select(name => name[(prefix.Length + 1)..]).ToList();
        Assert.Equal(["high", "n1", "n2", "n3", "low"], order.Where(name => name != "first"));
        Assert.InRange(order.IndexOf("first"), 0, order.IndexOf("n1") - 1);
        Assert.Equal(1, engine.MostAtOnce);
        var state = await server.Control.GetAsync(Token);
        Assert.Equal((true, 1, 5000), (state.Running, state.MaxConcurrent, state.PollInterval));
    }

    [Fact]
    public async Task CreateAsync_ScheduledAt_StartsThen()
    {
        await using var server = await JobServerHost.StartAsync(garnet, ScriptedEngine.Instant, new MemoryRegistry());
        var at = TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(3);

        var ticket = (await server.Jobs.CreateAsync(JobServerHost.Request(NewModel()) with { ScheduledAt = at }, Token)).Value;
        var job = await server.UntilAsync(ticket.JobId!, job => job.Status == FetchStatus.Completed);

        Assert.True(job.StartedAt >= at.AddSeconds(-1), $"{job.StartedAt} {at}");
    }

    [Fact]
    public async Task ListAsync_FiltersAndLimit_NewestFirst()
    {
        await using var api = await JobServerHost.StartAsync(garnet, ScriptedEngine.Instant, new MemoryRegistry(), runsJobs: false);
        var model = NewModel();
        var ids = new List<string>();
        for (var i = 0; i < 7; i++)
        {
            ids.Add((await api.Jobs.CreateAsync(JobServerHost.Request(model) with { Model = new ModelId(model, $"v{i}") }, Token)).Value.JobId!);
            await Task.Delay(2, Token);
        }

        await api.Jobs.ActAsync(ids[6], FetchAction.Cancel, Token);
        ids.Reverse();
        Assert.Equal(ids, (await api.Jobs.ListAsync(null, model, 50, Token)).Select(job => job.Id));
        Assert.Equal(ids[1..4], (await api.Jobs.ListAsync(FetchStatus.Queued, model, 3, Token)).Select(job => job.Id));
        Assert.Equal(ids[..1], (await api.Jobs.ListAsync(FetchStatus.Cancelled, model, 50, Token)).Select(job => job.Id));
        Assert.Equal(ids[0], (await api.Jobs.ListAsync(null, null, 1, Token)).Single().Id);
        foreach (var id in ids.Skip(1))
        {
            await api.Jobs.ActAsync(id, FetchAction.Cancel, Token);
        }
    }

    [Theory]
    [InlineData("filesystem", "../secret", ErrorCode.SecurityViolation)]
    [InlineData("filesystem", "a/%2e%2e/b", ErrorCode.SecurityViolation)]
    [InlineData("filesystem", "a/%252e%252e/b", ErrorCode.SecurityViolation)]
    [InlineData("filesystem", "/etc/passwd", ErrorCode.SecurityViolation)]
    [InlineData("filesystem", "C:\\x", ErrorCode.SecurityViolation)]
    [InlineData("filesystem", "file:///etc/passwd", ErrorCode.SecurityViolation)]
    [InlineData("url", "file:///etc/passwd", ErrorCode.SecurityViolation)]
    [InlineData("url", "ftp://host/x", ErrorCode.SecurityViolation)]
    [InlineData("url", "http://user:pw@host/x", ErrorCode.SecurityViolation)]
    [InlineData("url", "not a url", ErrorCode.InvalidRequest)]
    [InlineData("huggingface", "../x", ErrorCode.SecurityViolation)]
    [InlineData("nowhere", "x", ErrorCode.InvalidSource)]
    public async Task CreateAsync_RefusedByItsLook_MakesNoJob(string source, string reference, ErrorCode expected)
    {
        await using var api = await JobServerHost.StartAsync(garnet, ScriptedEngine.Instant, new MemoryRegistry(), runsJobs: false);
        var model = NewModel();

        var refused = await api.Jobs.CreateAsync(new FetchJobRequest(source, reference, new ModelId(model, "v1")), Token);

        Assert.Equal(expected, refused.Error!.Code);
        Assert.Empty(await api.Jobs.ListAsync(null, model, 50, Token));
    }
}
