using ModelPlatform.Cli.Output;
using ModelPlatform.Client.Connection;
using ModelPlatform.Client.Jobs;

namespace ModelPlatform.Cli.Commands.Jobs;

/// <summary>Follows a job to its end: one live line where a person looks on, one line a change where not.</summary>
internal static class JobWatch
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task<int> RunAsync(Session session, string jobId, CancellationToken cancellationToken)
    {
        var time = TimeProvider.System;
        var lastAnswer = time.GetTimestamp();
        var isSeen = false;
        using var line = new LiveLine(session);
        using var timer = new PeriodicTimer(Beat);
        do
        {
            var answer = await session.Client.Jobs.GetAsync(jobId, cancellationToken);
            if (!answer.TryGet(out var job, out var problem))
            {
                // The platform may be restarting; the job goes on all the same.
                if (problem.Code == ProblemCode.Unreachable && time.GetElapsedTime(lastAnswer) < Patience && isSeen)
                {
                    continue;
                }

                return session.Fail(problem, "modelplatform job list");
            }

            lastAnswer = time.GetTimestamp();
            isSeen = true;
            line.Show(job.Progress / 100.0, $"{job.Status}{job.RetryCount}", () => JobText.Line(job));
            if (job.Status.IsFinal())
            {
                line.Dispose();
                return End(session, job);
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
        return ExitCode.Interrupted;
    }

    private static int End(Session session, FetchJob job)
    {
        session.Write(job, CliJson.Api.FetchJob, console => console.WriteLine(Printable.Of(job.Status == JobStatus.Completed ? $"{job.ResultModelId ?? job.ModelId}" : JobStatusWords.Of(job.Status))), done => [done.ResultModelId ?? done.Id]);
        if (job.Status == JobStatus.Completed)
        {
            return ExitCode.Ok;
        }

        if (job.LastError is { } error)
        {
            session.Terminal.Complain($"{job.ErrorCode}: {error}");
        }

        if (ProblemCode.RemedyOf(job.ErrorCode) is { } remedy)
        {
            session.Terminal.Complain(remedy);
        }

        foreach (var next in JobText.NextActions(job))
        {
            session.Terminal.Complain($"Next: {next}");
        }

        return job.ErrorCode is ProblemCode.ModelNotFound or ProblemCode.NotFound or ProblemCode.IntegrityFailed ? ExitCode.Of(job.ErrorCode) : ExitCode.Failed;
    }
}
