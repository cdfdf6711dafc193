using System.Diagnostics;

namespace ModelPlatform.LocalHosting.Running;

/// <summary>One started process.</summary>
internal sealed class Child : IDisposable
{
    /// <summary>Gives a child a group of its own, so that Ctrl+C reaches the AppHost alone, which then stops them in order.</summary>
    private static readonly string? SetSid = Command.Find("setsid");

    private readonly Process process;
    private readonly Task output;

    private Child(Process process, Action<string> log)
    {
        this.process = process;
        output = Task.WhenAll(PumpAsync(process.StandardOutput, log), PumpAsync(process.StandardError, line =>
        {
            LastError = line.StartsWith("ModelPlatform: ", StringComparison.Ordinal) ? line["ModelPlatform: ".Length..] : LastError;
            log(line);
        }));
    }

    public int Id => process.Id;

    public int ExitCode => process.ExitCode;

    /// <summary>The line with which a service says why it does not start.</summary>
    public string? LastError { get; private set; }

    public static Child Start(Command command, string runId, Action<string> log)
    {
        var start = new ProcessStartInfo
        {
            FileName = SetSid ?? command.FileName,
            WorkingDirectory = command.WorkingDirectory,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (SetSid is not null)
        {
            start.ArgumentList.Add(command.FileName);
        }

        foreach (var argument in command.Arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in command.Environment)
        {
            start.Environment[name] = value;
        }

        start.Environment[Guard.Mark] = runId;
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{command.FileName} did not start.");
        process.StandardInput.Close();
        return new Child(process, log);
    }

    /// <summary>Waits for the end of the process and of what it says.</summary>
    public async Task WaitForExitAsync()
    {
        await process.WaitForExitAsync();

        // A grandchild that lives on may hold the pipe open.
        await output.WaitAsync(TimeSpan.FromSeconds(1)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Signal(int signal) => Signals.Send(process.Id, signal, wholeGroup: SetSid is not null);

    /// <summary>Asks it to end, and ends it after a while.</summary>
    public async Task StopAsync(TimeSpan patience)
    {
        if (process.HasExited)
        {
            return;
        }

        Signals.Send(process.Id, Signals.Terminate, wholeGroup: false);
        var exit = process.WaitForExitAsync();
        await exit.WaitAsync(patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Signal(Signals.Kill);
        await exit;
    }

    public void Dispose() => process.Dispose();

    private static async Task PumpAsync(StreamReader reader, Action<string> log)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            log(line);
        }
    }
}
