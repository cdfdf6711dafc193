using System.CommandLine;
using System.Text.Json.Nodes;
using ModelPlatform.Cli.Output;
using ModelPlatform.Client.Models;

namespace ModelPlatform.Cli.Commands.Models;

internal static partial class ModelCommands
{
    public static Argument<string> Source() => new("source") { Description = "filesystem, url, huggingface, ipfs, peer, or a plugin's own." };

    public static Argument<string> Reference() => new("reference") { Description = "The model's name there." };

    private static Command Inspect(CommandContext context)
    {
        var (source, reference, variant) = (Source(), Reference(), new Option<string?>("--variant") { Description = "Only this variant." });
        return context.Ask("inspect", "Finds out what a reference holds, without downloading it.", [source, reference, variant], Question.Of(
            CliJson.Api.ModelInspection,
            (client, parsed, cancellationToken) => client.Models.InspectAsync(parsed.GetValue(source)!, parsed.GetValue(reference)!, parsed.GetValue(variant), cancellationToken),
            (console, found, _) => Show(console, found),
            (found, _) => found.Variants.Select(choice => choice.Name)));
    }

    public static void Show(IAnsiConsole console, ModelInspection found)
    {
        console.WriteLine(Printable.Of($"Framework  {found.Framework ?? "not detected"}"));
        if (found.Revision is { } revision)
        {
            console.WriteLine(Printable.Of($"Revision   {revision}"));
        }

        if (found.InferredMetadata?["description"] is JsonValue value && value.TryGetValue<string>(out var description))
        {
            console.WriteLine(Printable.Of($"About      {description}"));
        }

        console.WriteLine(Printable.Of($"Name       {found.SuggestedModelName}"));
        console.WriteLine();
        var table = Session.Table("VARIANT", "PRECISION", "SIZE", "FILES");
        foreach (var choice in found.Variants)
        {
            table.AddRow(Session.Cell(choice.Name), Session.Cell(choice.Precision), Session.Cell(choice.TotalSize is { } size ? Amounts.Bytes(size) : "not stated"), Session.Cell(string.Join(", ", choice.Files)));
        }

        console.Write(table);
    }
}
