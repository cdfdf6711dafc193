using System.CommandLine;
using ModelPlatform.Cli.Connection;
using ModelPlatform.Cli.Output;

namespace ModelPlatform.Cli.Commands.Storage;

/// <summary><c>storage verify</c></summary>
internal sealed class VerifyStorageCommand : PlatformCommand
{
    public VerifyStorageCommand(GlobalOptions options, Terminal terminal)
        : base("verify", "Hashes what is stored again.", options, terminal)
    {
    }

    protected override async Task<int> RunAsync(ParseResult parsed, Session session, CancellationToken cancellationToken)
    {
        _ = parsed;
        var answer = await session.Client.Storage.VerifyAsync(cancellationToken);
        if (!answer.TryGet(out var result, out var problem))
        {
            return session.Fail(problem);
        }

        session.Write(
            result,
            CliJson.Default.StorageVerification,
            console =>
            {
                console.WriteLine($"{result.Checked} chunks checked, {result.Bad.Count} bad.");
                foreach (var bad in result.Bad)
                {
                    console.WriteLine(Printable.Of($"{bad.Chunk}  {bad.Reason}  {(bad.Healed ? "healed" : "not healed")}"));
                }
            },
            found => found.Bad.Select(bad => bad.Chunk));
        return result.Bad.All(bad => bad.Healed) ? ExitCode.Ok : ExitCode.Integrity;
    }
}
