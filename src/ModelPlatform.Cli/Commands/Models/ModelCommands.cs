using System.CommandLine;
using System.Globalization;
using ModelPlatform.Cli.Commands.Runtimes;
using ModelPlatform.Cli.Output;

namespace ModelPlatform.Cli.Commands.Models;

/// <summary><c>model …</c>: a line a command.</summary>
internal static partial class ModelCommands
{
    public static Command Create(CommandContext context) => new("model", "Models: look for them, bring them in, use them.")
    {
        Inspect(context),
        FetchCommand.Create(context),
        List(context),
        Show(context),
        Remove(context),
        Alias(context),
        Pin(context),
        Verify(context, "Checks hashes and signatures of a model on the platform."),
        PullCommand.Create(context),
        new LoadCommand(context),
        new UnloadCommand(context),
        new HealthCommand(context),
        new InferCommand(context),
    };

    /// <summary>Also <c>trust verify</c>.</summary>
    public static Command Verify(CommandContext context, string description)
    {
        var model = Id("name:version.");
        return context.Ask("verify", description, [model], Question.Of(
            CliJson.Api.ManifestVerification,
            (client, parsed, cancellationToken) => client.Models.VerifyAsync(parsed.GetValue(model)!, cancellationToken),
            (console, result, parsed) =>
            {
                console.WriteLine(Printable.Of(result.Valid ? $"{parsed.GetValue(model)}: hashes and signatures hold." : $"{parsed.GetValue(model)} does not verify."));
                foreach (var line in result.Errors.Select(error => $"error: {error}").Concat(result.Warnings.Select(warning => $"warning: {warning}")))
                {
                    console.WriteLine(Printable.Of(line));
                }
            },
            (result, _) => [result.Valid ? "valid" : "invalid"])
        with
        {
            Next = _ => "modelplatform model list",
            Exit = result => result.Valid ? ExitCode.Ok : ExitCode.Integrity,
        });
    }

    private static Argument<string> Id(string description) => new("model") { Description = description };

    private static Command List(CommandContext context)
    {
        var stage = new Option<string?>("--stage") { Description = "Only of this stage." };
        var framework = new Option<string?>("--framework") { Description = "Only of this framework." };
        return context.Ask("list", "Lists the models.", [stage, framework], Question.Of(
            CliJson.Api.ModelSummaryArray,
            (client, parsed, cancellationToken) => client.Models.ListAsync(parsed.GetValue(stage), parsed.GetValue(framework), cancellationToken),
            (console, models, _) =>
            {
                var table = Session.Table("MODEL", "FRAMEWORK", "STAGE", "SIZE", "PUBLISHED");
                foreach (var model in models)
                {
                    table.AddRow(Session.Cell(model.Id), Session.Cell(model.Framework), Session.Cell(model.Stage), Session.Cell(Amounts.Bytes(model.BlobSize)), Session.Cell(Amounts.Time(model.UploadedAt)));
                }

                console.Write(table);
            },
            (models, _) => models.Select(model => model.Id)));
    }

    private static Command Show(CommandContext context)
    {
        var model = Id("name, name:version or name@alias.");
        return context.Ask("show", "Shows a model's manifest.", [model], Question.Of(
            CliJson.Api.Manifest,
            async (client, parsed, cancellationToken) =>
                (await client.Models.GetManifestAsync(parsed.GetValue(model)!, cancellationToken)).TryGet(out var document, out var problem) ? document.Manifest : problem,
            (console, manifest, _) =>
            {
                console.WriteLine(Printable.Of($"{manifest.Model.Id}  {manifest.Model.Framework}  {manifest.Model.Variant}  {manifest.Model.Tier}"));
                console.WriteLine(Printable.Of($"From      {manifest.Provenance?.Source?.Name} {manifest.Provenance?.Source?.Reference} {manifest.Provenance?.Source?.Revision}"));
                console.WriteLine(Printable.Of($"Manifest  {manifest.Integrity?.ManifestHash}"));
                console.WriteLine(Printable.Of($"Signed    {string.Join(", ", (manifest.Integrity?.Signatures ?? []).Select(signature => signature.KeyId))}"));
                console.WriteLine();
                var table = Session.Table("FILE", "SIZE", "CHUNKS", "SHA-256");
                foreach (var file in manifest.Artifacts)
                {
                    table.AddRow(Session.Cell(file.Path), Session.Cell(Amounts.Bytes(file.Size)), Session.Cell(file.Chunking?.ChunkCount.ToString(CultureInfo.InvariantCulture)), Session.Cell(file.Sha256));
                }

                console.Write(table);
            },
            (manifest, _) => [manifest.Integrity?.ManifestHash]) with { Next = _ => "modelplatform model list" });
    }

    private static Command Remove(CommandContext context)
    {
        var model = Id("name:version.");
        var unregister = new Option<bool>("--unregister") { Description = "Also forget that it was registered." };
        return context.Ask("rm", "Deletes a model. Its chunks stay until garbage collection.", [model, unregister], Question.Of(
            CliJson.Api.Acknowledgement,
            (client, parsed, cancellationToken) => client.Models.DeleteAsync(parsed.GetValue(model)!, parsed.GetValue(unregister), cancellationToken),
            (console, _, parsed) => console.WriteLine(Printable.Of($"{parsed.GetValue(model)} deleted. Its space comes back with: modelplatform storage gc")),
            (_, parsed) => [parsed.GetValue(model)])
        with
        {
            Confirm = parsed => $"Delete {parsed.GetValue(model)}? Clients can no longer load it.",
            Next = _ => "modelplatform model list",
        });
    }

    private static Command Alias(CommandContext context)
    {
        var name = new Argument<string>("name") { Description = "The model's name, without version." };
        var alias = new Argument<string>("alias") { Description = "For example champion." };
        var version = new Argument<string?>("version") { Description = "The version it stands for.", Arity = ArgumentArity.ZeroOrOne };
        var delete = new Option<bool>("--delete") { Description = "Forget the alias." };
        string Full(ParseResult parsed) => $"{parsed.GetValue(name)}@{parsed.GetValue(alias)}";
        return context.Ask("alias", "Lets NAME@ALIAS stand for a version, or forgets the alias.", [name, alias, version, delete], Question.Of(
            CliJson.Api.Acknowledgement,
            (client, parsed, cancellationToken) => parsed.GetValue(version) is { } stands
                ? client.Models.SetAliasAsync(parsed.GetValue(name)!, parsed.GetValue(alias)!, stands, cancellationToken)
                : client.Models.DeleteAliasAsync(parsed.GetValue(name)!, parsed.GetValue(alias)!, cancellationToken),
            (console, _, parsed) => console.WriteLine(Printable.Of(parsed.GetValue(version) is { } stands ? $"{Full(parsed)} is {parsed.GetValue(name)}:{stands}." : $"{Full(parsed)} is forgotten.")),
            (_, parsed) => [Full(parsed)])
        with
        {
            Fault = parsed => parsed.GetValue(version) is null != parsed.GetValue(delete) ? "Give either a version or --delete." : null,
            Next = _ => "modelplatform model list",
        });
    }

    private static Command Pin(CommandContext context)
    {
        var model = Id("name:version.");
        var off = new Option<bool>("--off") { Description = "Let go of it." };
        return context.Ask("pin", "Keeps a model from ever being evicted.", [model, off], Question.Of(
            CliJson.Api.Acknowledgement,
            (client, parsed, cancellationToken) => client.Models.PinAsync(parsed.GetValue(model)!, !parsed.GetValue(off), cancellationToken),
            (console, _, parsed) => console.WriteLine(Printable.Of(parsed.GetValue(off) ? $"{parsed.GetValue(model)} may be evicted." : $"{parsed.GetValue(model)} stays.")),
            (_, parsed) => [parsed.GetValue(model)]) with { Next = _ => "modelplatform model list" });
    }
}
