using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ModelPlatform.Client;
using ModelPlatform.Client.Connection;

namespace ModelPlatform.Cli.Output;

/// <summary>One run of a command: the platform it speaks to, and how it writes.</summary>
internal sealed class Session(ModelPlatformClient client, Terminal terminal, OutputFormat format, bool assumesYes, bool isVerbose)
{
    public ModelPlatformClient Client { get; } = client;

    public Terminal Terminal { get; } = terminal;

    public OutputFormat Format { get; } = format;

    public bool IsVerbose { get; } = isVerbose;

    /// <summary>Writes a result in the form that was asked for.</summary>
    public void Write<T>(T value, JsonTypeInfo<T> type, Action<IAnsiConsole> human, Func<T, IEnumerable<string?>> quiet)
    {
        switch (Format)
        {
            case OutputFormat.Json:
                Terminal.Data.WriteLine(JsonSerializer.Serialize(value, type));
                break;
            case OutputFormat.Quiet:
                foreach (var line in quiet(value))
                {
                    if (!string.IsNullOrEmpty(line))
                    {
                        Terminal.Data.WriteLine(Printable.Of(line));
                    }
                }

                break;
            default:
                human(Terminal.DataConsole);
                break;
        }
    }

    /// <summary>Says why not and what to do, and gives the exit code for it.</summary>
    public int Fail(ApiProblem problem, string? next = null)
    {
        if (Format == OutputFormat.Json)
        {
            Terminal.Data.WriteLine(JsonSerializer.Serialize(problem, CliJson.Own.ApiProblem));
        }

        Terminal.Complain($"{problem.Code}: {problem.Error}");
        foreach (var (field, faults) in problem.Errors ?? new Dictionary<string, string[]>())
        {
            Terminal.Complain($"  {field}: {string.Join("; ", faults)}");
        }

        var remedy = problem.Code == ProblemCode.Unauthorized ? "Give it with --token, MODEL_FETCH_TOKEN or in .env."
            : problem.Code == ProblemCode.Unreachable ? "Start it (modelplatform up), or give its address with --url." : problem.Remedy;
        if (remedy is not null)
        {
            Terminal.Complain(remedy);
        }

        if (next is not null)
        {
            Terminal.Complain($"Next: {next}");
        }

        if (IsVerbose)
        {
            Terminal.Complain($"HTTP status {problem.Status?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none"}, trace {problem.TraceId ?? "none"}, retryable {problem.Retryable}");
        }

        return ExitCode.Of(problem.Code);
    }

    /// <summary>Asks before something that cannot be undone. Without a person at the terminal the answer is no.</summary>
    public bool Confirm(string what)
    {
        if (assumesYes)
        {
            return true;
        }

        if (!Terminal.IsInteractive)
        {
            Terminal.Complain($"{what} Nothing was done: there is nobody to ask; give --yes.");
            return false;
        }

        Terminal.Progress.Write($"{what} [y/N] ");
        return Terminal.Input.ReadLine() is "y" or "Y" or "yes";
    }

    /// <summary>A table without ornament.</summary>
    public static Table Table(params string[] columns)
    {
        var table = new Table().NoBorder().HideFooters();
        foreach (var column in columns)
        {
            table.AddColumn(new TableColumn(new Text(column, new Style(decoration: Decoration.Dim))).NoWrap().PadRight(2));
        }

        return table;
    }

    /// <summary>Foreign text as a cell.</summary>
    public static Text Cell(string? text) => new(Printable.Of(text));
}
