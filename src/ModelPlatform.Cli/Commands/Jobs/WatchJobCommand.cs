using System.CommandLine;
using ModelPlatform.Cli.Connection;
using ModelPlatform.Cli.Output;

namespace ModelPlatform.Cli.Commands.Jobs;

/// <summary><c>job watch ID</c></summary>
internal sealed class WatchJobCommand : PlatformCommand
{
    private readonly Argument<string> job = new("id") { Description = "The job's id." };

    public WatchJobCommand(GlobalOptions options, Terminal terminal)
        : base("watch", "Follows a job until it ends.", options, terminal)
    {
        Add(job);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, Session session, CancellationToken cancellationToken)
    {
        return await JobWatch.RunAsync(session, parsed.GetValue(job)!, cancellationToken);
    }
}
