using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace ModelPlatform.FunctionalTests.Platform;

/// <summary>One more process of a service that runs already: the same program with the same environment, on another port.</summary>
public sealed class ServiceReplica : IAsyncDisposable
{
    private readonly Process process;
    private readonly Task output;

    private ServiceReplica(Process process, int port)
    {
        (this.process, Port) = (process, port);
        output = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
    }

    public int Port { get; }

    /// <summary>Starts it and waits until it is healthy.</summary>
    public static async Task<ServiceReplica> StartAsync(RunningPlatform platform, string name, CancellationToken cancellationToken)
    {
        var original = platform.Children[name];
        var port = FreePort();
        var command = Read(original, "cmdline");
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Directory.ResolveLinkTarget($"/proc/{original}/cwd", returnFinalTarget: true)!.FullName,
        };
        start.Environment.Clear();
        foreach (var variable in Read(original, "environ"))
        {
            var pair = variable.Split('=', 2);
            start.Environment[pair[0]] = pair[1];
        }

        start.Environment["ASPNETCORE_URLS"] = $"http://localhost:{port}";
        var replica = new ServiceReplica(Process.Start(start)!, port);
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        while (!await IsHealthyAsync(client, port, cancellationToken))
        {
            await Task.Delay(100, cancellationToken);
        }

        return replica;
    }

    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            await KillAsync();
        }

        await output;
        process.Dispose();
    }

    private static string[] Read(int process, string what) => File.ReadAllText($"/proc/{process}/{what}").Split('\0', StringSplitOptions.RemoveEmptyEntries);

    private static async Task<bool> IsHealthyAsync(HttpClient client, int port, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await client.GetAsync($"http://localhost:{port}/health", cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
