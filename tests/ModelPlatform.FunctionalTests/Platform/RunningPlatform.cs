using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace ModelPlatform.FunctionalTests.Platform;

/// <summary>The real AppHost with all its processes, on free ports, with a data directory of its own.</summary>
public sealed partial class RunningPlatform : IAsyncDisposable
{
    private const int SigTerm = 15;
    private static readonly TimeSpan ReadyTimeout = TimeSpan.FromMinutes(4);

    private readonly PlatformOptions options;
    private readonly ConcurrentDictionary<string, int> children = new();
    private readonly ConcurrentDictionary<string, int> ports = new();
    private readonly ConcurrentQueue<string> log = new();
    private Process? process;
    private Task output = Task.CompletedTask;
    private TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private RunningPlatform(PlatformOptions options)
    {
        this.options = options;
        Folder = Directory.CreateTempSubdirectory("modelplatform-").FullName;
        Data = Path.Combine(Folder, "data");
        Models = Path.Combine(Folder, "models");
        Directory.CreateDirectory(Models);
        (ApiPort, DashboardPort) = (FreePort(), FreePort());
        Api = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri($"http://localhost:{ApiPort}"), Timeout = TimeSpan.FromMinutes(5) };
    }

    public string Folder { get; }

    public string Data { get; }

    /// <summary>Root of the filesystem source.</summary>
    public string Models { get; }

    public int ApiPort { get; }

    public int DashboardPort { get; }

    public HttpClient Api { get; }

    /// <summary>Process ids by resource name: api, jobs, dashboard, redis, storage.</summary>
    public IReadOnlyDictionary<string, int> Children => children;

    /// <summary>Ports of the processes by resource name.</summary>
    public IReadOnlyDictionary<string, int> Ports => ports;

    public int ProcessId => process!.Id;

    public int ExitCode => process!.ExitCode;

    /// <summary>All that was written, for the message of a failing test.</summary>
    public string Log => string.Join('\n', log);

    public static string AppHost { get; } = Path.Combine(AppContext.BaseDirectory.Replace(typeof(RunningPlatform).Assembly.GetName().Name!, "ModelPlatform.AppHost", StringComparison.Ordinal), "ModelPlatform.AppHost.dll");

    /// <summary>Starts it and waits until it says that it is ready.</summary>
    public static async Task<RunningPlatform> StartAsync(PlatformOptions? options = null, CancellationToken cancellationToken = default)
    {
        var platform = Create(options);
        try
        {
            await platform.StartAgainAsync(cancellationToken);
            return platform;
        }
        catch
        {
            await platform.DisposeAsync();
            throw;
        }
    }

    /// <summary>Prepares it without starting it.</summary>
    public static RunningPlatform Create(PlatformOptions? options = null) => new(options ?? new PlatformOptions());

    /// <summary>Starts it, on the same data and ports, and waits until it is ready.</summary>
    public async Task StartAgainAsync(CancellationToken cancellationToken = default)
    {
        Launch();
        var ended = process!.WaitForExitAsync(cancellationToken);
        var first = await Task.WhenAny(ready.Task, ended).WaitAsync(ReadyTimeout, cancellationToken);
        if (first == ended)
        {
            await output;
            throw new InvalidOperationException($"The AppHost ended with exit code {process.ExitCode}:\n{Log}");
        }
    }

    /// <summary>Starts it and waits until it ends by itself.</summary>
    /// <returns>What it wrote to standard error.</returns>
    public async Task<string> RunToEndAsync(CancellationToken cancellationToken)
    {
        Launch();
        await process!.WaitForExitAsync(cancellationToken).WaitAsync(TimeSpan.FromMinutes(2), cancellationToken);
        await output;
        return string.Join('\n', log.Where(line => line.StartsWith("stderr: ", StringComparison.Ordinal)).Select(line => line["stderr: ".Length..]));
    }

    /// <summary>Asks it to stop, as a service manager does.</summary>
    /// <returns>How long it took.</returns>
    public async Task<TimeSpan> StopAsync(CancellationToken cancellationToken = default)
    {
        var watch = Stopwatch.StartNew();
        _ = Kill(process!.Id, SigTerm);
        await process.WaitForExitAsync(cancellationToken).WaitAsync(TimeSpan.FromSeconds(40), cancellationToken);
        return watch.Elapsed;
    }

    /// <summary>Stops and starts it.</summary>
    public async Task RestartAsync(CancellationToken cancellationToken = default)
    {
        await StopAsync(cancellationToken);
        await StartAgainAsync(cancellationToken);
    }

    /// <summary>kill -9 of one of its processes.</summary>
    public void KillChild(string name) => _ = Kill(children[name], 9);

    /// <summary>Sends a signal to a process of the platform.</summary>
    public static void Signal(int id, int signal) => _ = Kill(id, signal);

    /// <summary>kill -9 of the AppHost alone.</summary>
    public async Task KillAppHostAsync()
    {
        _ = Kill(process!.Id, 9);
        await process.WaitForExitAsync();
    }

    /// <summary>Waits until a killed process has been replaced.</summary>
    public async Task<int> WaitForReplacementAsync(string name, int old, CancellationToken cancellationToken)
    {
        while (children[name] == old)
        {
            await Task.Delay(50, cancellationToken);
        }

        return children[name];
    }

    /// <summary>Every process below the AppHost, to the last grandchild.</summary>
    public IReadOnlyList<int> Descendants()
    {
        var parents = Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, out _)).Select(name => int.Parse(name!))
            .Select(id => (Id: id, Parent: ParentOf(id))).ToLookup(pair => pair.Parent, pair => pair.Id);
        var all = new List<int>();
        var open = new Queue<int>([process!.Id]);
        while (open.TryDequeue(out var id))
        {
            foreach (var child in parents[id])
            {
                all.Add(child);
                open.Enqueue(child);
            }
        }

        return all;
    }

    /// <summary>Whether a process exists and is not merely waiting to be reaped.</summary>
    public static bool IsAlive(int id) => Stat(id) is [not "Z", ..];

    public async ValueTask DisposeAsync()
    {
        if (process is { HasExited: false })
        {
            await StopAsync();
        }

        process?.Dispose();
        Api.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static int ParentOf(int id) => Stat(id) is [_, var parent, ..] ? int.Parse(parent) : 0;

    private static string[] Stat(int id)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{id}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return [];
        }
    }

    private void Launch()
    {
        ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var start = new ProcessStartInfo("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        string[] arguments =
        [
            AppHost, "--data", Data, "--api-port", $"{ApiPort}", "--dashboard-port", $"{DashboardPort}", .. options.Sample ? Array.Empty<string>() : ["--no-sample"], .. options.Arguments,
        ];
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["Sources__FileSystem__Root"] = Models;
        foreach (var (name, value) in options.Environment)
        {
            start.Environment[name] = value;
        }

        process?.Dispose();
        process = Process.Start(start)!;
        process.StandardInput.Close();
        output = Task.WhenAll(PumpAsync(process.StandardOutput, string.Empty), PumpAsync(process.StandardError, "stderr: "));
    }

    private async Task PumpAsync(StreamReader reader, string prefix)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            log.Enqueue(prefix + line);
            if (ProcessLine().Match(line) is { Success: true } match)
            {
                ports[match.Groups[1].Value] = int.Parse(match.Groups[3].Value);
                children[match.Groups[1].Value] = int.Parse(match.Groups[2].Value);
            }
            else if (line.StartsWith("ModelPlatform is ready", StringComparison.Ordinal))
            {
                ready.TrySetResult();
            }
        }
    }

    [GeneratedRegex(@"^\[([\w-]+)\] process (\d+) on port (\d+)")]
    private static partial Regex ProcessLine();

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int pid, int signal);
}
