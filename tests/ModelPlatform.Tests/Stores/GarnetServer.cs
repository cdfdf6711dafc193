using System.Diagnostics;
using StackExchange.Redis;

namespace ModelPlatform.Tests.Stores;

/// <summary>A real Garnet, durable as the AppHost runs it. Its program is the dotnet tool of this repository, or what <c>MODELPLATFORM_TEST_GARNET</c> names.</summary>
public sealed class GarnetServer : StoreProcess
{
    private const string Version = "2.2.8";

    /// <summary>A new connection.</summary>
    public Task<ConnectionMultiplexer> ConnectAsync() => ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{Port},connectTimeout=5000,abortConnect=false,allowAdmin=true");

    /// <summary>Empties it, as if it had come up without its data.</summary>
    public async Task EmptyAsync()
    {
        await using var connection = await ConnectAsync();
        await connection.GetServers()[0].FlushAllDatabasesAsync();
    }

    /// <summary>Starts one, for <c>await using</c>.</summary>
    public static async Task<GarnetServer> StartNewAsync(CancellationToken cancellationToken)
    {
        var server = new GarnetServer();
        await server.StartAsync(cancellationToken);
        return server;
    }

    /// <inheritdoc/>
    protected override ProcessStartInfo Describe()
    {
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        var program = Find(
            "Garnet",
            Environment.GetEnvironmentVariable("MODELPLATFORM_TEST_GARNET"),
            Path.Combine(packages, "garnet-server", Version, "tools", "net10.0", "any", "GarnetServer.dll"));
        var start = program.EndsWith(".dll", StringComparison.Ordinal) ? new ProcessStartInfo("dotnet", [program]) : new ProcessStartInfo(program);
        foreach (var argument in new[] { "--bind", "127.0.0.1", "--port", $"{Port}", "--aof", "--aof-commit-wait", "--checkpointdir", DataDirectory, "--recover", "--device-type", "RandomAccess", "--memory", "128m", "--page", "4m", "--index", "8m" })
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }
}
