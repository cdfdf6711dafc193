using System.CommandLine;
using System.CommandLine.Help;
using System.Runtime.InteropServices;
using ModelPlatform.Cli.Commands;
using ModelPlatform.Cli.Output;

namespace ModelPlatform.Cli;

/// <summary>From arguments to an exit code.</summary>
internal static class Entry
{
    public static async Task<int> RunAsync(string[] args, Terminal terminal, CancellationToken cancellationToken = default)
    {
        var root = CommandTree.Create(terminal);
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpAction)
        {
            foreach (var error in parsed.Errors)
            {
                terminal.Complain(error.Message);
            }

            terminal.Complain($"See: modelplatform {string.Join(' ', CommandPath(parsed))}--help");
            return ExitCode.Usage;
        }

        using var interruption = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        ConsoleCancelEventHandler interrupt = (_, pressed) =>
        {
            pressed.Cancel = true;
            interruption.Cancel();
        };
        Console.CancelKeyPress += interrupt;
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            interruption.Cancel();
        });
        try
        {
            return await parsed.InvokeAsync(
                new InvocationConfiguration { Output = terminal.Data, Error = terminal.Progress, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, interruption.Token);
        }
        catch (OperationCanceledException) when (interruption.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
        finally
        {
            Console.CancelKeyPress -= interrupt;
        }
    }

    private static IEnumerable<string> CommandPath(ParseResult parsed)
    {
        List<string> names = [];
        for (System.CommandLine.Parsing.SymbolResult? result = parsed.CommandResult; result is System.CommandLine.Parsing.CommandResult { Parent: not null } command; result = result.Parent)
        {
            names.Insert(0, command.Command.Name);
        }

        return names.Count > 0 ? [.. names, ""] : [];
    }
}
