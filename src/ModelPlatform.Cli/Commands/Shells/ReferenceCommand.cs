using System.CommandLine;
using System.Globalization;
using System.Text;
using ModelPlatform.Cli.Output;

namespace ModelPlatform.Cli.Commands.Shells;

/// <summary><c>reference</c>, not listed: the part of docs/guides/cli.md that is made from the parser.</summary>
internal static class ReferenceCommand
{
    public static Command Create(Command root, Terminal terminal)
    {
        var command = new Command("reference", "Writes this reference as Markdown.") { Hidden = true };
        command.SetAction(_ =>
        {
            terminal.Data.Write(Write(root));
            return ExitCode.Ok;
        });
        return command;
    }

    public static string Write(Command root)
    {
        var text = new StringBuilder("### Every command\n\n| option | meaning |\n| --- | --- |\n");
        Rows(text, root);
        foreach (var (path, command) in CompletionScript.All(root).Where(found => found.Path.Length > 0))
        {
            if (command.Subcommands.Count > 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"\n### {path.TrimStart()}\n\n{Cell(command.Description)}\n");
                continue;
            }

            var arguments = string.Concat(command.Arguments.Select(argument => argument.Arity.MinimumNumberOfValues == 0 ? $" [{argument.Name.ToUpperInvariant()}]" : $" {argument.Name.ToUpperInvariant()}"));
            text.Append(CultureInfo.InvariantCulture, $"\n#### `modelplatform{path}{arguments}`\n\n{Cell(command.Description)}\n");
            if (command.Arguments.Count > 0 || command.Options.Any(option => !option.Hidden))
            {
                text.Append("\n| | |\n| --- | --- |\n");
            }

            foreach (var argument in command.Arguments)
            {
                text.Append(CultureInfo.InvariantCulture, $"| `{argument.Name.ToUpperInvariant()}` | {Cell(argument.Description)} |\n");
            }

            Rows(text, command);
        }

        return text.ToString();
    }

    private static void Rows(StringBuilder text, Command command)
    {
        foreach (var option in command.Options.Where(option => !option.Hidden))
        {
            var names = string.Join(", ", option.Aliases.Where(alias => alias.StartsWith('-') && alias != "-?").Prepend(option.Name).Distinct().Select(alias => $"`{alias}`"));
            text.Append(CultureInfo.InvariantCulture, $"| {names}{(option.Required ? " (needed)" : "")} | {Cell(option.Description)} |\n");
        }
    }

    private static string Cell(string? text) => (text ?? string.Empty).Replace("|", "\\|", StringComparison.Ordinal);
}
