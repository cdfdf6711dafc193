using System.CommandLine;
using ModelPlatform.Cli.Connection;
using ModelPlatform.Cli.Output;

namespace ModelPlatform.Cli.Commands.Storage;

/// <summary><c>storage stats</c></summary>
internal sealed class StorageStatsCommand : PlatformCommand
{
    public StorageStatsCommand(GlobalOptions options, Terminal terminal)
        : base("stats", "Shows how much is stored.", options, terminal)
    {
    }

    protected override async Task<int> RunAsync(ParseResult parsed, Session session, CancellationToken cancellationToken)
    {
        _ = parsed;
        var answer = await session.Client.Storage.GetUsageAsync(cancellationToken);
        if (!answer.TryGet(out var usage, out var problem))
        {
            return session.Fail(problem);
        }

        session.Write(
            usage,
            CliJson.Default.StorageUsage,
            console =>
            {
                console.WriteLine($"Stored       {Amounts.Bytes(usage.StoredBytes)} in {usage.ChunkCount} chunks");
                console.WriteLine($"Served as    {Amounts.Bytes(usage.LogicalBytes)} ({usage.DedupeRatio.ToString("0.00", System.Globalization.CultureInfo.InvariantCulture)} times the stored bytes)");
                console.WriteLine($"Quarantined  {usage.Quarantined}");
            },
            used => [used.StoredBytes.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        return ExitCode.Ok;
    }
}
