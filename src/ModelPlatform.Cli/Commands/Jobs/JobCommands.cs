using System.CommandLine;
using ModelPlatform.Cli.Output;
using ModelPlatform.Client;
using ModelPlatform.Client.Connection;
using ModelPlatform.Client.Jobs;

namespace ModelPlatform.Cli.Commands.Jobs;

/// <summary><c>job …</c></summary>
internal static class JobCommands
{
    public static Command Create(CommandContext context)
    {
        var watched = Id();
        var shown = Id();
        return new("job", "Fetch jobs.")
        {
            List(context),
            context.Ask("get", "Shows all there is to know of a job, and what to do next.", [shown], Question.Of(
                CliJson.Api.FetchJob,
                (client, parsed, cancellationToken) => client.Jobs.GetAsync(parsed.GetValue(shown)!, cancellationToken),
                (console, job, _) => JobText.Show(console, job),
                (job, _) => [JobStatusWords.Of(job.Status)]) with { Next = _ => "modelplatform job list" }),
            context.Run("watch", "Follows a job until it ends.", [watched], (parsed, session, cancellationToken) => JobWatch.RunAsync(session, parsed.GetValue(watched)!, cancellationToken)),
            Act(context, "retry", "Makes a failed job queue again.", "queued again", (client, id, cancellationToken) => client.Jobs.RetryAsync(id, cancellationToken)),
            Act(context, "cancel", "Ends a job.", "cancelled", (client, id, cancellationToken) => client.Jobs.CancelAsync(id, cancellationToken), id => $"Cancel job {id}?"),
            Act(context, "pause", "Stops a job for a while; what is verified stays.", "paused", (client, id, cancellationToken) => client.Jobs.PauseAsync(id, cancellationToken)),
            Act(context, "resume", "Lets a paused job go on.", "resumed", (client, id, cancellationToken) => client.Jobs.ResumeAsync(id, cancellationToken)),
        };
    }

    private static Argument<string> Id() => new("id") { Description = "The job's id." };

    private static Command List(CommandContext context)
    {
        var status = new Option<string?>("--status") { Description = "Only in this state." };
        var modelName = new Option<string?>("--modelName", "--model") { Description = "Only for this model name." };
        var limit = new Option<int?>("--limit") { Description = "At most so many." };
        status.AcceptOnlyFromAmong("queued", "downloading", "processing", "completed", "paused", "failed", "cancelled");
        return context.Ask("list", "Lists jobs, newest first.", [status, modelName, limit], Question.Of(
            CliJson.Api.FetchJobList,
            (client, parsed, cancellationToken) => client.Jobs.ListAsync(
                parsed.GetValue(status) is { } word ? JobStatusWords.Parse(word) : null, parsed.GetValue(modelName), parsed.GetValue(limit), cancellationToken),
            (console, list, _) =>
            {
                var table = Session.Table("JOB", "STATUS", "%", "SIZE", "MODEL", "FROM", "CREATED");
                foreach (var job in list.Jobs)
                {
                    table.AddRow(
                        Session.Cell(job.Id), Session.Cell(JobStatusWords.Of(job.Status)), Session.Cell($"{job.Progress}"), Session.Cell(job.TotalBytes is > 0 and var total ? Amounts.Bytes(total) : ""),
                        Session.Cell(job.ModelId), Session.Cell($"{job.Source} {job.SourceReference}"), Session.Cell(Amounts.Time(job.CreatedAt)));
                }

                console.Write(table);
            },
            (list, _) => list.Jobs.Select(job => job.Id)));
    }

    private static Command Act(
        CommandContext context, string name, string description, string done,
        Func<ModelPlatformClient, string, CancellationToken, Task<ApiResult<JobActionResult>>> act, Func<string, string>? confirm = null)
    {
        var job = Id();
        return context.Ask(name, description, [job], Question.Of(
            CliJson.Api.JobActionResult,
            (client, parsed, cancellationToken) => act(client, parsed.GetValue(job)!, cancellationToken),
            (console, result, parsed) => console.WriteLine(Printable.Of(result.Message ?? $"{parsed.GetValue(job)} {done}.")),
            (_, parsed) => [parsed.GetValue(job)])
        with
        {
            Confirm = parsed => confirm?.Invoke(parsed.GetValue(job)!),
            Next = parsed => $"modelplatform job get {parsed.GetValue(job)}",
        });
    }
}
