using System.CommandLine;
using ModelPlatform.Cli.Connection;
using ModelPlatform.Cli.Output;

namespace ModelPlatform.Cli.Commands.Trust;

/// <summary><c>trust keys</c></summary>
internal sealed class ListKeysCommand : PlatformCommand
{
    public ListKeysCommand(GlobalOptions options, Terminal terminal)
        : base("keys", "Lists the keys that may sign.", options, terminal)
    {
    }

    protected override async Task<int> RunAsync(ParseResult parsed, Session session, CancellationToken cancellationToken)
    {
        _ = parsed;
        var answer = await session.Client.Trust.GetKeysAsync(cancellationToken);
        if (!answer.TryGet(out var root, out var problem))
        {
            return session.Fail(problem);
        }

        session.Write(
            root,
            CliJson.Default.TrustRoot,
            console =>
            {
                var table = Session.Table("KEY", "ALGORITHM", "FROM", "UNTIL", "MAY", "PUBLIC KEY");
                foreach (var key in root.Keys)
                {
                    table.AddRow(
                        Session.Cell(key.KeyId), Session.Cell(key.Algorithm), Session.Cell(Amounts.Time(key.ValidFrom)), Session.Cell(Amounts.Time(key.ValidUntil)),
                        Session.Cell(string.Join(", ", key.Capabilities ?? [])), Session.Cell(key.PublicKey));
                }

                console.Write(table);
            },
            trusted => trusted.Keys.Select(key => key.KeyId));
        return ExitCode.Ok;
    }
}
