using System.CommandLine;
using ModelPlatform.Cli.Connection;
using ModelPlatform.Cli.Output;

namespace ModelPlatform.Cli.Commands.Trust;

/// <summary><c>trust rotate</c></summary>
internal sealed class RotateCommand : PlatformCommand
{
    public RotateCommand(GlobalOptions options, Terminal terminal)
        : base("rotate", "Makes a new signing key; older manifests stay valid.", options, terminal)
    {
    }

    protected override async Task<int> RunAsync(ParseResult parsed, Session session, CancellationToken cancellationToken)
    {
        _ = parsed;
        if (!session.Confirm("Make a new signing key?"))
        {
            return ExitCode.Failed;
        }

        var answer = await session.Client.Trust.RotateAsync(cancellationToken);
        if (!answer.TryGet(out var done, out var problem))
        {
            return session.Fail(problem, null);
        }

        session.Write(done, CliJson.Default.Acknowledgement, console => console.WriteLine(Printable.Of(done.Message ?? string.Join(", ", (done.Details ?? []).Select(detail => $"{detail.Key}: {detail.Value}")))), _ => [done.Details?.GetValueOrDefault("keyId").ToString()]);
        return ExitCode.Ok;
    }
}
