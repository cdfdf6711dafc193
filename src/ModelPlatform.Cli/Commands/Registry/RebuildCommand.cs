using System.CommandLine;
using ModelPlatform.Cli.Connection;
using ModelPlatform.Cli.Output;

namespace ModelPlatform.Cli.Commands.Registry;

/// <summary><c>registry rebuild</c></summary>
internal sealed class RebuildCommand : PlatformCommand
{
    public RebuildCommand(GlobalOptions options, Terminal terminal)
        : base("rebuild", "Makes the index anew from the manifests.", options, terminal)
    {
    }

    protected override async Task<int> RunAsync(ParseResult parsed, Session session, CancellationToken cancellationToken)
    {
        _ = parsed;
        var answer = await session.Client.Storage.RebuildRegistryAsync(cancellationToken);
        if (!answer.TryGet(out var done, out var problem))
        {
            return session.Fail(problem, null);
        }

        session.Write(done, CliJson.Default.Acknowledgement, console => console.WriteLine(Printable.Of(done.Message ?? $"The index is made anew. {string.Join(", ", (done.Details ?? []).Select(detail => $"{detail.Key}: {detail.Value}"))}")), _ => ["rebuilt"]);
        return ExitCode.Ok;
    }
}
