
namespace ModelPlatform.Cli.Output;

/// <summary>Where results and everything else go: data to standard output, progress and complaints to standard error.</summary>
internal sealed class Terminal(TextWriter data, TextWriter progress, TextReader input, bool isInteractive, Func<string, string?> environment, string folder)
{
    public TextWriter Data { get; } = data;

    public TextWriter Progress { get; } = progress;

    public TextReader Input { get; } = input;

    /// <summary>Whether a person sits at standard error and can answer.</summary>
    public bool IsInteractive { get; } = isInteractive;

    public Func<string, string?> Environment { get; } = environment;

    /// <summary>The current directory.</summary>
    public string Folder { get; } = folder;

    /// <summary>Columns of the terminal.</summary>
    public static int Width => Console.IsErrorRedirected ? 120 : Console.WindowWidth is > 0 and var width ? width : 80;

    /// <summary>Made on first use: most commands write no table.</summary>
    public IAnsiConsole DataConsole => field ??= ConsoleOn(Data, isPlain: Console.IsOutputRedirected || Environment("NO_COLOR") is { Length: > 0 });

    public static Terminal OfThisProcess() => new(
        Console.Out, Console.Error, Console.In, !Console.IsErrorRedirected && !Console.IsInputRedirected && System.Environment.GetEnvironmentVariable("TERM") != "dumb",
        System.Environment.GetEnvironmentVariable, Directory.GetCurrentDirectory());

    public void Complain(string message) => Progress.WriteLine(Printable.Of(message));

    private static IAnsiConsole ConsoleOn(TextWriter writer, bool isPlain)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isPlain ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = isPlain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
        });
        if (isPlain)
        {
            // A pipe has no width: lines are never cut.
            console.Profile.Width = 4_096;
        }

        return console;
    }
}
