using System.Diagnostics;

namespace ModelPlatform.LocalHosting.Running;

/// <summary>
/// A shell that waits for this process to end, in whatever way, and then ends every child that is left. It watches a pipe and not the parent's id or a
/// parent-death signal: the pipe closes on kill -9 too, belongs to the process and not to the thread that forked, and reaches grandchildren by their mark.
/// </summary>
internal sealed class Guard(string runId, string runFile) : IAsyncDisposable
{
    /// <summary>Marks the children, and theirs.</summary>
    public const string Mark = "MODELPLATFORM_RUN";

    private readonly SemaphoreSlim gate = new(1);
    private readonly List<int> children = [];
    private Process? shell;
    private bool ended;

    public async Task WatchAsync(int processId)
    {
        await gate.WaitAsync();
        try
        {
            children.Add(processId);
            if (shell is { HasExited: false })
            {
                await shell.StandardInput.WriteLineAsync($"{processId}");
            }
            else
            {
                await StartAsync();
            }
        }
        finally
        {
            gate.Release();
        }
    }

    public async Task StartAsync()
    {
        using var script = new StreamReader(typeof(Guard).Assembly.GetManifestResourceStream("guard.sh")!);
        var start = new ProcessStartInfo { FileName = "/bin/sh", RedirectStandardInput = true, UseShellExecute = false, WorkingDirectory = "/" };
        foreach (var argument in (string[])["-c", await script.ReadToEndAsync(), "modelplatform-guard", runId, runFile])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment.Remove(Mark);
        shell = Process.Start(start) ?? throw new InvalidOperationException("/bin/sh did not start.");
        await File.WriteAllTextAsync(runFile, $"{shell.Id}");
        foreach (var child in children)
        {
            await shell.StandardInput.WriteLineAsync($"{child}");
        }

        await shell.StandardInput.FlushAsync();
        _ = RestartAsync(shell);
    }

    /// <summary>Waits until the guard of an earlier run, which was killed, has cleaned up: two stores must not open one directory.</summary>
    public static async Task WaitForEarlierAsync(string runFile, CancellationToken cancellationToken)
    {
        for (var i = 0; i < 100 && File.Exists(runFile); i++)
        {
            if (!int.TryParse(await File.ReadAllTextAsync(runFile, cancellationToken), out var id) || !IsGuard(id))
            {
                File.Delete(runFile);
                return;
            }

            await Task.Delay(100, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await gate.WaitAsync();
        ended = true;
        gate.Release();
        if (shell is { HasExited: false })
        {
            shell.StandardInput.Close();
            await shell.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(8)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static bool IsGuard(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return !process.HasExited && process.ProcessName is "sh" or "dash" or "bash" or "busybox";
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>The guard can be killed too: then a new one takes over.</summary>
    private async Task RestartAsync(Process watched)
    {
        await watched.WaitForExitAsync();
        await gate.WaitAsync();
        try
        {
            if (!ended && ReferenceEquals(watched, shell))
            {
                await StartAsync();
            }
        }
        finally
        {
            gate.Release();
        }
    }
}
