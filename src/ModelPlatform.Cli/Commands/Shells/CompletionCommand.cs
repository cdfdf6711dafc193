using System.CommandLine;
using ModelPlatform.Cli.Output;

namespace ModelPlatform.Cli.Commands.Shells;

/// <summary><c>completion SHELL</c></summary>
internal static class CompletionCommand
{
    public static Command Create(Command root, Terminal terminal)
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Command("completion", "Writes a completion script: source <(modelplatform completion bash), or the same for zsh; modelplatform completion fish | source.") { shell };
        command.SetAction(parsed =>
        {
            terminal.Data.Write(parsed.GetValue(shell) == "fish" ? CompletionScript.Fish(root) : CompletionScript.Bash(root, parsed.GetValue(shell) == "zsh"));
            return ExitCode.Ok;
        });
        return command;
    }
}
