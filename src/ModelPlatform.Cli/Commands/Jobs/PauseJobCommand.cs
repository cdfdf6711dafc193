using System.CommandLine;
using ModelPlatform.Cli.Connection;
using ModelPlatform.Cli.Output;

namespace ModelPlatform.Cli.Commands.Jobs;

/// <summary><c>job pause ID</c></summary>
internal sealed class PauseJobCommand : PlatformCommand
{
    private readonly Argument<string> job = new("id") { Description = "The job's id." };

    public PauseJobCommand(GlobalOptions options, Terminal terminal)
        : base("pause", "Stops a job for a while; what is verified stays.", options, terminal)
    {
        Add(job);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, Session session, CancellationToken cancellationToken)
    {
        var id = parsed.GetValue(job)!;
        var answer = await session.Client.Jobs.PauseAsync(id, cancellationToken);
        if (!answer.TryGet(out var result, out var problem))
        {
            return session.Fail(problem, $"modelplatform job get {id}");
        }

        session.Write(result, CliJson.Default.JobActionResult, console => console.WriteLine(Printable.Of(result.Message ?? $"{id} paused.")), _ => [id]);
        return ExitCode.Ok;
    }
}
