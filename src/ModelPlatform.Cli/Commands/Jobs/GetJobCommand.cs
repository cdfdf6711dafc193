using System.CommandLine;
using ModelPlatform.Cli.Connection;
using ModelPlatform.Cli.Output;
using ModelPlatform.Client.Jobs;

namespace ModelPlatform.Cli.Commands.Jobs;

/// <summary><c>job get ID</c></summary>
internal sealed class GetJobCommand : PlatformCommand
{
    private readonly Argument<string> job = new("id") { Description = "The job's id." };

    public GetJobCommand(GlobalOptions options, Terminal terminal)
        : base("get", "Shows all there is to know of a job, and what to do next.", options, terminal)
    {
        Add(job);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, Session session, CancellationToken cancellationToken)
    {
        var answer = await session.Client.Jobs.GetAsync(parsed.GetValue(job)!, cancellationToken);
        if (!answer.TryGet(out var found, out var problem))
        {
            return session.Fail(problem, "modelplatform job list");
        }

        session.Write(found, CliJson.Default.FetchJob, console => JobText.Show(console, found), result => [JobStatusWords.Of(result.Status)]);
        return ExitCode.Ok;
    }
}
