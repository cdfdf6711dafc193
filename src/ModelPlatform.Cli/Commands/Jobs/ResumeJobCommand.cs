using System.CommandLine;
using ModelPlatform.Cli.Connection;
using ModelPlatform.Cli.Output;

namespace ModelPlatform.Cli.Commands.Jobs;

/// <summary><c>job resume ID</c></summary>
internal sealed class ResumeJobCommand : PlatformCommand
{
    private readonly Argument<string> job = new("id") { Description = "The job's id." };

    public ResumeJobCommand(GlobalOptions options, Terminal terminal)
        : base("resume", "Lets a paused job go on.", options, terminal)
    {
        Add(job);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, Session session, CancellationToken cancellationToken)
    {
        var id = parsed.GetValue(job)!;
        var answer = await session.Client.Jobs.ResumeAsync(id, cancellationToken);
        if (!answer.TryGet(out var result, out var problem))
        {
            return session.Fail(problem, $"modelplatform job get {id}");
        }

        session.Write(result, CliJson.Default.JobActionResult, console => console.WriteLine(Printable.Of(result.Message ?? $"{id} resumed.")), _ => [id]);
        return ExitCode.Ok;
    }
}
