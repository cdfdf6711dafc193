using System.CommandLine;
using System.Globalization;
using ModelPlatform.Cli.Connection;
using ModelPlatform.Cli.Output;

namespace ModelPlatform.Cli.Commands.Models;

/// <summary><c>model show NAME</c></summary>
internal sealed class ShowCommand : PlatformCommand
{
    private readonly Argument<string> model = new("model") { Description = "name, name:version or name@alias." };

    public ShowCommand(GlobalOptions options, Terminal terminal)
        : base("show", "Shows a model's manifest.", options, terminal) => Add(model);

    protected override async Task<int> RunAsync(ParseResult parsed, Session session, CancellationToken cancellationToken)
    {
        var answer = await session.Client.Models.GetManifestAsync(parsed.GetValue(model)!, cancellationToken);
        if (!answer.TryGet(out var document, out var problem))
        {
            return session.Fail(problem, "modelplatform model list");
        }

        var manifest = document.Manifest;
        session.Write(
            manifest,
            CliJson.Default.Manifest,
            console =>
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
            shown => [shown.Integrity?.ManifestHash]);
        return ExitCode.Ok;
    }
}
