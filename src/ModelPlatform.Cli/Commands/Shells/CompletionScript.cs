using System.CommandLine;
using System.CommandLine.Completions;
using System.Globalization;
using System.Text;

namespace ModelPlatform.Cli.Commands.Shells;

/// <summary>Completion scripts made from the parser: words only, so that a key press starts no process.</summary>
internal static class CompletionScript
{
    public static string Bash(Command root, bool isZsh)
    {
        var script = new StringBuilder();
        if (isZsh)
        {
            script.Append("autoload -U +X compinit && compinit -u\nautoload -U +X bashcompinit && bashcompinit\n");
        }

        script.Append("_modelplatform() {\n  local at=\"\" word cur=\"${COMP_WORDS[COMP_CWORD]}\" prev=\"${COMP_WORDS[COMP_CWORD-1]}\" i\n  COMPREPLY=()\n");
        script.Append("  for ((i = 1; i < COMP_CWORD; i++)); do\n    word=\"${COMP_WORDS[i]}\"\n    case \"$at $word\" in\n");
        script.Append(CultureInfo.InvariantCulture, $"      {string.Join('|', All(root).Select(found => $"\"{found.Path}\"").Where(path => path != "\"\""))}) at=\"$at $word\" ;;\n    esac\n  done\n  case \"$prev\" in\n");
        foreach (var (name, values) in Values(root))
        {
            script.Append(CultureInfo.InvariantCulture, $"    {name}) COMPREPLY=($(compgen -W \"{string.Join(' ', values)}\" -- \"$cur\")); return ;;\n");
        }

        script.Append("  esac\n  case \"$at\" in\n");
        foreach (var (path, command) in All(root))
        {
            script.Append(CultureInfo.InvariantCulture, $"    \"{path}\") COMPREPLY=($(compgen -W \"{string.Join(' ', Words(root, command))}\" -- \"$cur\")) ;;\n");
        }

        return script.Append("  esac\n}\ncomplete -o default -F _modelplatform modelplatform\n").ToString();
    }

    public static string Fish(Command root)
    {
        var script = new StringBuilder("function __modelplatform_at\n  set -l at\n  for word in (commandline -opc)[2..-1]\n    switch \"$at $word\"\n      case ");
        script.AppendJoin(' ', All(root).Where(found => found.Path.Length > 0).Select(found => $"\"{found.Path}\""));
        script.Append("\n        set at \"$at $word\"\n    end\n  end\n  test \"$at\" = \"$argv[1]\"\nend\ncomplete -c modelplatform -f\n");
        foreach (var (path, command) in All(root))
        {
            foreach (var subcommand in command.Subcommands.Where(subcommand => !subcommand.Hidden))
            {
                script.Append(CultureInfo.InvariantCulture, $"complete -c modelplatform -n '__modelplatform_at \"{path}\"' -a {subcommand.Name} -d '{Quote(subcommand.Description)}'\n");
            }

            foreach (var option in Options(root, command))
            {
                var values = ValuesOf(option);
                script.Append(CultureInfo.InvariantCulture, $"complete -c modelplatform -n '__modelplatform_at \"{path}\"' -l {option.Name[2..]}{(option.ValueType == typeof(bool) ? "" : values.Count > 0 ? $" -x -a '{string.Join(' ', values)}'" : " -r")} -d '{Quote(option.Description)}'\n");
            }
        }

        return script.ToString();
    }

    /// <summary>Every command with the words that lead to it, each after a blank.</summary>
    public static IEnumerable<(string Path, Command Command)> All(Command command, string path = "") =>
        command.Subcommands.Where(subcommand => !subcommand.Hidden).SelectMany(subcommand => All(subcommand, $"{path} {subcommand.Name}")).Prepend((path, command));

    public static IEnumerable<Option> Options(Command root, Command command) =>
        command.Options.Concat(command == root ? [] : root.Options.Where(option => option.Recursive)).Where(option => !option.Hidden && option.Name.StartsWith("--", StringComparison.Ordinal)).DistinctBy(option => option.Name);

    private static IEnumerable<string> Words(Command root, Command command) =>
        command.Subcommands.Where(subcommand => !subcommand.Hidden).Select(subcommand => subcommand.Name)
            .Concat(command.Arguments.SelectMany(ValuesOf))
            .Concat(Options(root, command).Select(option => option.Name));

    private static IEnumerable<(string Name, IReadOnlyList<string> Values)> Values(Command root) =>
        All(root).SelectMany(found => Options(root, found.Command)).DistinctBy(option => option.Name).Select(option => (option.Name, ValuesOf(option))).Where(pair => pair.Item2.Count > 0);

    private static IReadOnlyList<string> ValuesOf(Symbol symbol) =>
        symbol is Option { ValueType: var type } && type == typeof(bool) ? [] : [.. symbol.GetCompletions(CompletionContext.Empty).Select(item => item.InsertText ?? item.Label)];

    private static string Quote(string? text) => (text ?? string.Empty).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal);
}
