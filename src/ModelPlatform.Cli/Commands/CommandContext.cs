using System.CommandLine;
using ModelPlatform.Cli.Connection;
using ModelPlatform.Cli.Output;
using ModelPlatform.Client;

namespace ModelPlatform.Cli.Commands;

/// <summary>What all commands are made with.</summary>
internal sealed class CommandContext(Terminal terminal)
{
    public GlobalOptions Options { get; } = new();

    public Terminal Terminal { get; } = terminal;

    /// <summary>A command that does its own work.</summary>
    /// <param name="name">Its word.</param>
    /// <param name="description">One sentence.</param>
    /// <param name="symbols">Arguments and options.</param>
    /// <param name="run">Gives the exit code.</param>
    public Command Run(string name, string description, IEnumerable<Symbol> symbols, Func<ParseResult, Session, CancellationToken, Task<int>> run)
    {
        var command = new Command(name, description);
        foreach (var symbol in symbols)
        {
            if (symbol is Argument argument)
            {
                command.Add(argument);
            }
            else
            {
                command.Add((Option)symbol);
            }
        }

        command.SetAction(Act(run));
        return command;
    }

    /// <summary>Work that speaks to the platform, as the parser calls it.</summary>
    public Func<ParseResult, CancellationToken, Task<int>> Act(Func<ParseResult, Session, CancellationToken, Task<int>> run) => async (parsed, cancellationToken) =>
    {
        var dotEnv = DotEnv.Read(Path.Combine(Terminal.Folder, ".env"));
        if (Target.Find(parsed.GetValue(Options.Url), parsed.GetValue(Options.Token), Terminal.Environment, dotEnv) is not { } target)
        {
            Terminal.Complain("The platform's address must be an http or https URL.");
            return ExitCode.Usage;
        }

        using var http = new HttpClient { BaseAddress = target.Address, Timeout = TimeSpan.FromMinutes(5) };
        var session = new Session(
            new ModelPlatformClient(http, target.Token), Terminal, parsed.GetValue(Options.Format), parsed.GetValue(Options.Yes), parsed.GetValue(Options.Verbose));
        return await run(parsed, session, cancellationToken);
    };

    /// <summary>A command that asks the platform one thing and writes its answer.</summary>
    public Command Ask<T>(string name, string description, Symbol[] symbols, Question<T> question) => Run(name, description, symbols, async (parsed, session, cancellationToken) =>
    {
        if (question.Fault?.Invoke(parsed) is { } fault)
        {
            session.Terminal.Complain(fault);
            return ExitCode.Usage;
        }

        if (question.Confirm?.Invoke(parsed) is { } confirm && !session.Confirm(confirm))
        {
            return ExitCode.Failed;
        }

        var answer = await question.Send(session.Client, parsed, cancellationToken);
        if (!answer.TryGet(out var value, out var problem))
        {
            return session.Fail(problem, question.Next?.Invoke(parsed));
        }

        session.Write(value, question.Json, console => question.Human(console, value, parsed), result => question.Quiet(result, parsed));
        return question.Exit?.Invoke(value) ?? ExitCode.Ok;
    });
}
