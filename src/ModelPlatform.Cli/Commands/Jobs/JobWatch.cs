using System.Globalization;
using ModelPlatform.Cli.Output;
using ModelPlatform.Client.Connection;
using ModelPlatform.Client.Jobs;

namespace ModelPlatform.Cli.Commands.Jobs;

/// <summary>Follows a job to its end: one live line where a person looks on, one line a change where not.</summary>
internal static class JobWatch
{
    private const int BarWidth = 24;
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task<int> RunAsync(Session session, string jobId, CancellationToken cancellationToken)
    {
        var time = TimeProvider.System;
        var lastAnswer = time.GetTimestamp();
        var (lastLine, lastLength) = ("", 0);
        using var timer = new PeriodicTimer(Beat);
        do
        {
            var answer = await session.Client.Jobs.GetAsync(jobId, cancellationToken);
            if (!answer.TryGet(out var job, out var problem))
            {
                // The platform may be restarting; the job goes on all the same.
                if (problem.Code == ProblemCode.Unreachable && time.GetElapsedTime(lastAnswer) < Patience && lastLine.Length > 0)
                {
                    continue;
                }

                return session.Fail(problem, "modelplatform job list");
            }

            lastAnswer = time.GetTimestamp();
            (lastLine, lastLength) = Show(session, job, lastLine, lastLength);
            if (job.Status.IsFinal())
            {
                return End(session, job);
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
        return ExitCode.Interrupted;
    }

    private static (string Line, int Length) Show(Session session, FetchJob job, string lastLine, int lastLength)
    {
        if (session.Format == OutputFormat.Quiet)
        {
            return (job.Id, 0);
        }

        if (session.Terminal.IsInteractive)
        {
            var text = JobText.Line(job);
            var filled = (int)(BarWidth * Math.Clamp(job.Progress, 0, 100) / 100.0);
            text = $"{new string('#', filled)}{new string('.', BarWidth - filled)} {text}";
            var width = Math.Max(20, session.Terminal.ProgressConsole.Profile.Width - 1);
            text = text.Length > width ? text[..width] : text;
            session.Terminal.Progress.Write($"\r{text.PadRight(lastLength)}");
            return (text, text.Length);
        }

        // For a log: a line whenever the state or another tenth changes.
        var mark = string.Create(CultureInfo.InvariantCulture, $"{job.Status}{job.Progress / 10}{job.RetryCount}");
        if (mark != lastLine)
        {
            session.Terminal.Complain(JobText.Line(job));
        }

        return (mark, 0);
    }

    private static int End(Session session, FetchJob job)
    {
        if (session.Terminal.IsInteractive && session.Format != OutputFormat.Quiet)
        {
            session.Terminal.Progress.WriteLine();
        }

        session.Write(job, CliJson.Default.FetchJob, console => console.WriteLine(Printable.Of(job.Status == JobStatus.Completed ? $"{job.ResultModelId ?? job.ModelId}" : JobStatusWords.Of(job.Status))), done => [done.ResultModelId ?? done.Id]);
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
