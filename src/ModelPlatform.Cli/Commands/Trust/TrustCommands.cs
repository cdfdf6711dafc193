using System.CommandLine;
using ModelPlatform.Cli.Commands.Models;
using ModelPlatform.Cli.Output;

namespace ModelPlatform.Cli.Commands.Trust;

/// <summary><c>trust …</c></summary>
internal static class TrustCommands
{
    public static Command Create(CommandContext context) => new("trust", "Keys and signatures.")
    {
        Keys(context),
        context.Ask("rotate", "Makes a new signing key; older manifests stay valid.", [], Question.Of(
            CliJson.Api.Acknowledgement,
            (client, _, cancellationToken) => client.Trust.RotateAsync(cancellationToken),
            (console, done, _) => console.WriteLine(Printable.Of(done.Message ?? string.Join(", ", (done.Details ?? []).Select(detail => $"{detail.Key}: {detail.Value}")))),
            (done, _) => [done.Details?.GetValueOrDefault("keyId").ToString()]) with { Confirm = _ => "Make a new signing key?" }),
        ModelCommands.Verify(context, "Checks who signed a model, and whether that is trusted."),
    };

    private static Command Keys(CommandContext context) => context.Ask("keys", "Lists the keys that may sign. Their JSON is a trust root that pull and preload take.", [], Question.Of(
        CliJson.Api.TrustRoot,
        (client, _, cancellationToken) => client.Trust.GetKeysAsync(cancellationToken),
        (console, root, _) =>
        {
            var table = Session.Table("KEY", "ALGORITHM", "FROM", "UNTIL", "MAY", "PUBLIC KEY");
            foreach (var key in root.Keys)
            {
                table.AddRow(
                    Session.Cell(key.KeyId), Session.Cell(key.Algorithm), Session.Cell(Amounts.Time(key.ValidFrom)), Session.Cell(Amounts.Time(key.ValidUntil)),
                    Session.Cell(string.Join(", ", key.Capabilities)), Session.Cell(key.PublicKey));
            }

            console.Write(table);
        },
        (root, _) => root.Keys.Select(key => key.KeyId)));
}
