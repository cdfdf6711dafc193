using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace ModelPlatform.Benchmarks;

/// <summary>The AppHost with all its processes, as it was built beside this program, on free ports and in a directory of its own.</summary>
internal sealed partial class LivePlatform : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, (int Id, int Port)> processes = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentQueue<string> log = new();
    private readonly Process appHost;

    private LivePlatform(string directory)
    {
        var assembly = AppContext.BaseDirectory.Replace("ModelPlatform.Benchmarks", "ModelPlatform.AppHost", StringComparison.Ordinal);
        var port = FreePort();
        Api = new HttpClient(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = 128 }) { BaseAddress = new Uri($"http://localhost:{port}"), Timeout = TimeSpan.FromMinutes(5) };
        var start = new ProcessStartInfo("dotnet", [Path.Combine(assembly, "ModelPlatform.AppHost.dll"), "--data", directory, "--api-port", Text(port), "--dashboard-port", Text(FreePort()), "--no-sample"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        appHost = Process.Start(start)!;
        appHost.OutputDataReceived += (_, line) => Note(line.Data);
        appHost.ErrorDataReceived += (_, line) => Note(line.Data);
        appHost.BeginOutputReadLine();
        appHost.BeginErrorReadLine();
    }

    public HttpClient Api { get; }

    /// <summary>Where a child listens.</summary>
    public int PortOf(string name) => processes[name].Port;

    public static async Task<LivePlatform> StartAsync(string directory)
    {
        var platform = new LivePlatform(directory);
        var ended = platform.appHost.WaitForExitAsync();
        if (await Task.WhenAny(platform.ready.Task, ended).WaitAsync(TimeSpan.FromMinutes(4)) == ended)
        {
            throw new InvalidOperationException($"The AppHost ended: {string.Join('\n', platform.log)}");
        }

        return platform;
    }

    /// <summary>Ends the API's process and waits until the one that replaces it is ready.</summary>
    public async Task RestartApiAsync()
    {
        var old = processes["api"].Id;
        Process.GetProcessById(old).Kill();
        while (processes["api"].Id == old || !await IsHealthyAsync())
        {
            await Task.Delay(50);
        }
    }

    /// <summary>Resident memory of the API's process in MiB.</summary>
    public double ApiMemory()
    {
        using var process = Process.GetProcessById(processes["api"].Id);
        return process.WorkingSet64 / 1024.0 / 1024;
    }

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        if (!appHost.HasExited)
        {
            using var stop = Process.Start("kill", ["-TERM", Text(appHost.Id)]);
            await appHost.WaitForExitAsync();
        }

        appHost.Dispose();
    }

    private async Task<bool> IsHealthyAsync()
    {
        try
        {
            using var response = await Api.GetAsync("/health");
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private void Note(string? line)
    {
        if (line is null)
        {
            return;
        }

        log.Enqueue(line);
        if (ProcessLine().Match(line) is { Success: true } match)
        {
            processes[match.Groups[1].Value] = (int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture), int.Parse(match.Groups[3].ValueSpan, CultureInfo.InvariantCulture));
        }
        else if (line.StartsWith("ModelPlatform is ready", StringComparison.Ordinal))
        {
            ready.TrySetResult();
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static int FreePort()
    {
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }

    [GeneratedRegex(@"^\[([\w-]+)\] process (\d+) on port (\d+)")]
    private static partial Regex ProcessLine();
}
