using System.CommandLine;
using System.Globalization;
using ModelPlatform.Cli.Output;

namespace ModelPlatform.Cli.Commands.Storage;

/// <summary><c>storage …</c></summary>
internal static class StorageCommands
{
    public static Command Create(CommandContext context) => new("storage", "The chunk store.") { Stats(context), Collect(context), Verify(context) };

    private static Command Stats(CommandContext context) => context.Ask("stats", "Shows how much is stored.", [], Question.Of(
        CliJson.Api.StorageUsage,
        (client, _, cancellationToken) => client.Storage.GetUsageAsync(cancellationToken),
        (console, usage, _) =>
        {
            console.WriteLine($"Stored       {Amounts.Bytes(usage.StoredBytes)} in {usage.ChunkCount} chunks");
            console.WriteLine($"Served as    {Amounts.Bytes(usage.LogicalBytes)} ({usage.DedupeRatio.ToString("0.00", CultureInfo.InvariantCulture)} times the stored bytes)");
            console.WriteLine($"Quarantined  {usage.Quarantined}");
        },
        (usage, _) => [usage.StoredBytes.ToString(CultureInfo.InvariantCulture)]));

    private static Command Collect(CommandContext context)
    {
        var dryRun = new Option<bool>("--dry-run") { Description = "Only count them." };
        return context.Ask("gc", "Removes chunks that nothing refers to.", [dryRun], Question.Of(
            CliJson.Api.GarbageCollection,
            (client, parsed, cancellationToken) => client.Storage.CollectGarbageAsync(parsed.GetValue(dryRun), cancellationToken),
            (console, result, _) =>
            {
                console.WriteLine($"{result.DeletedChunks} chunks, {Amounts.Bytes(result.FreedBytes)} {(result.DryRun ? "would go" : "removed")}.");
                if (result.PendingUntil is { } until)
                {
                    console.WriteLine($"{result.PendingChunks} more, {Amounts.Bytes(result.PendingBytes)}, can go by {until.UtcDateTime:u} if nothing refers to them by then.");
                }
            },
            (result, _) => [result.FreedBytes.ToString(CultureInfo.InvariantCulture)])
        with
        {
            Confirm = parsed => parsed.GetValue(dryRun) ? null : "Remove chunks that nothing refers to?",
        });
    }

    private static Command Verify(CommandContext context) => context.Ask("verify", "Hashes what is stored again.", [], Question.Of(
        CliJson.Api.StorageVerification,
        (client, _, cancellationToken) => client.Storage.VerifyAsync(cancellationToken),
        (console, result, _) =>
        {
            console.WriteLine($"{result.Checked} chunks checked, {result.Bad.Count} bad.");
            foreach (var bad in result.Bad)
            {
                console.WriteLine(Printable.Of($"{bad.Chunk}  {bad.Reason}  {(bad.Healed ? "healed" : "not healed")}"));
            }
        },
        (result, _) => result.Bad.Select(bad => bad.Chunk))
    with
    {
        Exit = result => result.Bad.All(bad => bad.Healed) ? ExitCode.Ok : ExitCode.Integrity,
    });
}
