using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace ModelPlatform.Tests.Stores;

/// <summary>A real store server on a free port of the loopback, in its own directory, that a test can kill and start again.</summary>
public abstract class StoreProcess : IAsyncDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("mp-store-").FullName;
    private readonly List<string> output = [];
    private Process? process;

    /// <summary>Where it listens; the same after a restart.</summary>
    public int Port { get; } = FreePort();

    /// <summary>What it keeps, survives a kill.</summary>
    protected string DataDirectory => directory;

    /// <summary>The program and its arguments.</summary>
    protected abstract ProcessStartInfo Describe();

    /// <summary>Starts it and waits until it accepts connections.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var start = Describe();
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.WorkingDirectory = directory;
        process = Process.Start(start)!;
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        for (var i = 0; i < 600; i++)
        {
            if (process.HasExited)
            {
                throw new InvalidOperationException($"{start.FileName} ended with {process.ExitCode}: {string.Join('\n', output)}");
            }

            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, Port, cancellationToken);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(50, cancellationToken);
            }
        }

        throw new TimeoutException($"{start.FileName} did not listen: {string.Join('\n', output)}");
    }

    /// <summary>SIGKILL, as a power cut would end it.</summary>
    public async Task KillAsync()
    {
        if (process is { HasExited: false })
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }

        process?.Dispose();
        process = null;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(directory, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>The first of the paths that exists; skips the test, with the reason, where none does.</summary>
    protected static string Find(string what, params IEnumerable<string?> candidates)
    {
        var found = candidates.FirstOrDefault(File.Exists);
        Assert.SkipWhen(found is null, $"{what} is not installed: run ./test.sh, which restores it.");
        return found!;
    }

    /// <summary>The repository's root.</summary>
    protected static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "ModelPlatform.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("ModelPlatform.sln was not found above the tests.");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (output)
        {
            if (line.Data is { } text && output.Count < 200)
            {
                output.Add(text);
            }
        }
    }
}
