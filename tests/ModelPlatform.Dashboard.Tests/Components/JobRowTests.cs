using Bunit;
using Microsoft.Extensions.DependencyInjection;
using ModelPlatform.Client.Jobs;
using ModelPlatform.Dashboard.Components.Controls;
using ModelPlatform.Dashboard.Live;

namespace ModelPlatform.Dashboard.Tests.Components;

public sealed class JobRowTests : ComponentTest
{
    private static FetchJob Job(JobStatus status) => new()
    {
        Id = "j1", ModelName = "org/n", ModelVersion = "v2", Source = "url", SourceReference = "https://a/b.onnx", Status = status, DownloadedBytes = 26_214_400, TotalBytes = 104_857_600, MaxRetries = 3,
    };

    [Fact]
    public void JobBar_Downloading_IsAProgressBarNamedByItsModel()
    {
        var bar = Render<JobBar>(parameters => parameters.Add(view => view.Job, Job(JobStatus.Downloading))).Find("[role=progressbar]");

        Assert.Equal("org/n:v2", bar.GetAttribute("aria-label"));
        Assert.Equal(("0", "100", "25"), (bar.GetAttribute("aria-valuemin"), bar.GetAttribute("aria-valuemax"), bar.GetAttribute("aria-valuenow")));
    }

    [Fact]
    public void JobBar_TotalNotKnown_ClaimsNoPercentage()
    {
        var bar = Render<JobBar>(parameters => parameters.Add(view => view.Job, Job(JobStatus.Downloading) with { TotalBytes = null })).Find("[role=progressbar]");

        Assert.False(bar.HasAttribute("aria-valuenow"));
        Assert.Equal("25.0 MiB so far", bar.GetAttribute("aria-valuetext"));
    }

    [Fact]
    public void JobBar_MoreBytesThanAnnounced_StaysAtHundred() =>
        Assert.Equal("100", Render<JobBar>(parameters => parameters.Add(view => view.Job, Job(JobStatus.Downloading) with { DownloadedBytes = 200_000_000 })).Find("[role=progressbar]").GetAttribute("aria-valuenow"));

    [Theory]
    [InlineData(JobStatus.Queued, "Pause,Cancel")]
    [InlineData(JobStatus.Downloading, "Pause,Cancel")]
    [InlineData(JobStatus.Processing, "Cancel")]
    [InlineData(JobStatus.Paused, "Resume,Cancel")]
    [InlineData(JobStatus.Failed, "Retry")]
    [InlineData(JobStatus.Cancelled, "")]
    public void JobRow_InEachState_OffersWhatTheStateAllows(JobStatus status, string actions)
    {
        var row = Render<JobRow>(parameters => parameters.Add(view => view.Job, Job(status)));

        Assert.Equal(actions, string.Join(',', row.FindAll("button").Select(button => button.GetAttribute("title"))));
    }

    [Fact]
    public void JobRow_Downloading_ShowsSpeedAndTimeLeft()
    {
        var row = Render<JobRow>(parameters => parameters.Add(view => view.Job, Job(JobStatus.Downloading) with { BytesPerSecond = 5_242_880, EtaSeconds = 75, TotalChunks = 20, ChunksVerified = 5, ChunksReused = 1 }));

        var facts = row.Find(".job-facts").TextContent;
        foreach (var fact in new[] { "25 %", "25.0 MiB of 100 MiB", "5.00 MiB/s", "1 min 15 s left", "5 of 20 chunks verified", "1 chunk reused" })
        {
            Assert.Contains(fact, facts, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void JobRow_Failed_ShowsErrorAndRemedy()
    {
        var row = Render<JobRow>(parameters => parameters.Add(view => view.Job, Job(JobStatus.Failed) with { ErrorCode = "DISK_FULL", LastError = "No space left <b>here</b>." }));

        var error = row.Find(".job-error");
        Assert.Contains("DISK_FULL", error.TextContent, StringComparison.Ordinal);
        Assert.Contains("No space left <b>here</b>.", error.TextContent, StringComparison.Ordinal);
        Assert.Contains("Free space", error.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void JobRow_RetryPressed_AsksTheApiToRetry()
    {
        Answer("POST /ModelFetchJob", """{"jobId":"j1","status":"queued","message":"Job reset to queued for retry"}""");
        var row = Render<JobRow>(parameters => parameters.Add(view => view.Job, Job(JobStatus.Failed)));

        row.Find("button[title=Retry]").Click();

        row.WaitForAssertion(() => Assert.Contains(Requests, request => request.Target == "/ModelFetchJob" && request.Body == """{"jobId":"j1","action":"retry"}"""));
    }

    [Fact]
    public void JobRow_ActionRefused_ReportsTheProblem()
    {
        Answer("POST /ModelFetchJob", """{"error":"Job j1 is not in failed state (current status: completed)","code":"INVALID_STATE","retryable":false}""", 409);
        var problems = Services.GetRequiredService<Problems>();
        var row = Render<JobRow>(parameters => parameters.Add(view => view.Job, Job(JobStatus.Failed)));

        row.Find("button[title=Retry]").Click();

        row.WaitForAssertion(() => Assert.Equal("INVALID_STATE", Assert.Single(problems.Open).Problem.Code));
    }
}
