using System.CommandLine;
using ModelPlatform.Cli.Connection;
using ModelPlatform.Cli.Output;

namespace ModelPlatform.Cli.Commands.Jobs;

/// <summary><c>job cancel ID</c></summary>
internal sealed class CancelJobCommand : PlatformCommand
{
    private readonly Argument<string> job = new("id") { Description = "The job's id." };

    public CancelJobCommand(GlobalOptions options, Terminal terminal)
        : base("cancel", "Ends a job.", options, terminal)
    {
        Add(job);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, Session session, CancellationToken cancellationToken)
    {
        var id = parsed.GetValue(job)!;
        if (!session.Confirm($"Cancel job {id}?"))
        {
            return ExitCode.Failed;
        }

        var answer = await session.Client.Jobs.CancelAsync(id, cancellationToken);
        if (!answer.TryGet(out var result, out var problem))
        {
            return session.Fail(problem, $"modelplatform job get {id}");
        }

        session.Write(result, CliJson.Default.JobActionResult, console => console.WriteLine(Printable.Of(result.Message ?? $"{id} cancelled.")), _ => [id]);
        return ExitCode.Ok;
    }
}
