using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;

namespace ModelPlatform.Tests.Jobs;

/// <summary>A real Garnet, the dotnet tool this repository pins, durable as the AppHost starts it. Can be killed and started again on the same port and data.</summary>
public sealed class GarnetServer : IAsyncLifetime
{
    private readonly string directory = Directory.CreateTempSubdirectory("garnet-").FullName;
    private Process? process;

    public int Port { get; } = FreePort();

    public string ConnectionString => $"127.0.0.1:{Port},abortConnect=false,syncTimeout=5000,asyncTimeout=5000";

    public async ValueTask InitializeAsync() => await StartAsync();

    public async Task<ConnectionMultiplexer> ConnectAsync() => await ConnectionMultiplexer.ConnectAsync(ConnectionString);

    public async Task StartAsync()
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["exec", await FindToolAsync(), "--port", $"{Port}", "--bind", "127.0.0.1", "--checkpointdir", directory, "--aof", "--aof-commit-wait", "--recover", "--device-type", "RandomAccess", "-m", "256m", "-i", "64m"])
        {
            start.ArgumentList.Add(argument);
        }

        process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        for (var i = 0; i < 300; i++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, Port);
                return;
            }
            catch (SocketException)
            {
                Assert.False(process.HasExited, "Garnet ended while starting.");
                await Task.Delay(100);
            }
        }

        Assert.Fail("Garnet did not listen.");
    }

    public async Task KillAsync()
    {
        if (process is { HasExited: false } running)
        {
            running.Kill(entireProcessTree: true);
            await running.WaitForExitAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        process?.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task<string> FindToolAsync()
    {
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        var tools = Path.Combine(packages, "garnet-server", "2.2.8", "tools");
        if (!Directory.Exists(tools))
        {
            var root = new DirectoryInfo(AppContext.BaseDirectory);
            while (!Directory.Exists(Path.Combine(root.FullName, ".config")))
            {
                root = root.Parent ?? throw new InvalidOperationException("The repository's root was not found.");
            }

            using var restore = Process.Start(new ProcessStartInfo("dotnet", ["tool", "restore"]) { WorkingDirectory = root.FullName })!;
            await restore.WaitForExitAsync();
        }

        return Directory.EnumerateFiles(tools, "GarnetServer.dll", SearchOption.AllDirectories).OrderDescending().First();
    }
}
