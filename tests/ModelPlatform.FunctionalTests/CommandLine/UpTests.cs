using System.Runtime.InteropServices;
using ModelPlatform.FunctionalTests.Platform;

namespace ModelPlatform.FunctionalTests.CommandLine;

/// <summary><c>modelplatform up</c></summary>
public sealed partial class UpTests
{
    private const int SigTerm = 15;

    [Fact]
    public async Task Up_OnAnEmptyDirectory_IsReadyServesAndStopsOnSigterm()
    {
        var folder = Directory.CreateTempSubdirectory("up-").FullName;
        var port = FreePort();
        try
        {
            using var up = Cli.Start(folder, null, "up", "--data", "data", "--api-port", $"{port}", "--dashboard-port", $"{FreePort()}", "--store", "filesystem", "--no-sample");
            while ((await Cli.RunAsync(folder, null, "model", "list", "--url", $"http://localhost:{port}")).Exit != 0)
            {
                await Task.Delay(200, TestContext.Current.CancellationToken);
            }

            _ = kill(up.ProcessId, SigTerm);
            var result = await up.EndAsync();

            Assert.Equal(0, result.Exit);
            Assert.Contains("[api] process", result.Data, StringComparison.Ordinal);
            Assert.False(RunningPlatform.IsAlive(up.ProcessId));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }

    [DllImport("libc")]
    private static extern int kill(int pid, int signal);
}
