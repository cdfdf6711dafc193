using System.CommandLine;
using ModelPlatform.Cli.Connection;
using ModelPlatform.Cli.Output;

namespace ModelPlatform.Cli.Commands.Storage;

/// <summary><c>storage gc</c></summary>
internal sealed class CollectGarbageCommand : PlatformCommand
{
    private readonly Option<bool> dryRun = new("--dry-run") { Description = "Only count them." };

    public CollectGarbageCommand(GlobalOptions options, Terminal terminal)
        : base("gc", "Removes chunks that nothing refers to.", options, terminal)
    {
        Add(dryRun);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, Session session, CancellationToken cancellationToken)
    {
        var isDry = parsed.GetValue(dryRun);
        if (!isDry && !session.Confirm("Remove chunks that nothing refers to?"))
        {
            return ExitCode.Failed;
        }

        var answer = await session.Client.Storage.CollectGarbageAsync(isDry, cancellationToken);
        if (!answer.TryGet(out var result, out var problem))
        {
            return session.Fail(problem);
        }

        session.Write(
            result,
            CliJson.Default.GarbageCollection,
            console =>
            {
                console.WriteLine($"{result.DeletedChunks} chunks, {Amounts.Bytes(result.FreedBytes)} {(result.DryRun ? "would go" : "removed")}.");
                if (result.PendingUntil is { } until)
                {
                    console.WriteLine($"{result.PendingChunks} more, {Amounts.Bytes(result.PendingBytes)}, can go by {until.UtcDateTime:u} if nothing refers to them by then.");
                }
            },
            done => [done.FreedBytes.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        return ExitCode.Ok;
    }
}
