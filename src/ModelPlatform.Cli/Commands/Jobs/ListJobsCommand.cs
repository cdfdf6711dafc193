using System.CommandLine;
using ModelPlatform.Cli.Connection;
using ModelPlatform.Cli.Output;
using ModelPlatform.Client.Jobs;

namespace ModelPlatform.Cli.Commands.Jobs;

/// <summary><c>job list</c></summary>
internal sealed class ListJobsCommand : PlatformCommand
{
    private readonly Option<string?> status = new("--status") { Description = "Only in this state." };
    private readonly Option<string?> modelName = new("--modelName", "--model") { Description = "Only for this model name." };
    private readonly Option<int?> limit = new("--limit") { Description = "At most so many." };

    public ListJobsCommand(GlobalOptions options, Terminal terminal)
        : base("list", "Lists jobs, newest first.", options, terminal)
    {
        status.AcceptOnlyFromAmong("queued", "downloading", "processing", "completed", "paused", "failed", "cancelled");
        Add(status);
        Add(modelName);
        Add(limit);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, Session session, CancellationToken cancellationToken)
    {
        var answer = await session.Client.Jobs.ListAsync(
            parsed.GetValue(status) is { } word ? JobStatusWords.Parse(word) : null, parsed.GetValue(modelName), parsed.GetValue(limit), cancellationToken);
        if (!answer.TryGet(out var list, out var problem))
        {
            return session.Fail(problem);
        }

        session.Write(
            list,
            CliJson.Default.FetchJobList,
            console =>
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
            jobs => jobs.Jobs.Select(job => job.Id));
        return ExitCode.Ok;
    }
}
