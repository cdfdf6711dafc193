using System.CommandLine;
using ModelPlatform.Cli.Connection;
using ModelPlatform.Cli.Output;
using ModelPlatform.Client.Models;

namespace ModelPlatform.Cli.Commands.Models;

/// <summary><c>model inspect SOURCE REF</c></summary>
internal sealed class InspectCommand : PlatformCommand
{
    private readonly Argument<string> source = new("source") { Description = "filesystem, url, huggingface, ipfs, peer, or a plugin's own." };
    private readonly Argument<string> reference = new("reference") { Description = "The model's name there." };
    private readonly Option<string?> variant = new("--variant") { Description = "Only this variant." };

    public InspectCommand(GlobalOptions options, Terminal terminal)
        : base("inspect", "Finds out what a reference holds, without downloading it.", options, terminal)
    {
        Add(source);
        Add(reference);
        Add(variant);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, Session session, CancellationToken cancellationToken)
    {
        var answer = await session.Client.Models.InspectAsync(parsed.GetValue(source)!, parsed.GetValue(reference)!, parsed.GetValue(variant), cancellationToken);
        if (!answer.TryGet(out var found, out var problem))
        {
            return session.Fail(problem);
        }

        session.Write(found, CliJson.Default.ModelInspection, console => Show(console, found), result => result.Variants.Select(choice => choice.Name));
        return ExitCode.Ok;
    }

    public static void Show(IAnsiConsole console, ModelInspection found)
    {
        console.WriteLine(Printable.Of($"Framework  {found.Framework ?? "not detected"}"));
        if (found.Revision is { } revision)
        {
            console.WriteLine(Printable.Of($"Revision   {revision}"));
        }

        if (found.InferredMetadata?["description"] is System.Text.Json.Nodes.JsonValue value && value.TryGetValue<string>(out var description))
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
