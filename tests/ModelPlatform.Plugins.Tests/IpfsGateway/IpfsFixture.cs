using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;

namespace ModelPlatform.Plugins.Tests.IpfsGateway;

/// <summary>Blocks made by the JavaScript implementation of IPFS, and three gateways in JavaScript that serve them, well or badly.</summary>
public sealed class IpfsFixture : IAsyncLifetime
{
    private const int Gateways = 3;

    private readonly string folder = Directory.CreateTempSubdirectory("ipfs-fixtures-").FullName;
    private readonly HttpClient http = new();
    private Process? server;
    private Dictionary<string, string> cids = [];

    /// <summary>Addresses of the gateways.</summary>
    public IReadOnlyList<string> Urls { get; private set; } = [];

    /// <summary>The identifier of a fixture.</summary>
    public string this[string name] => cids[name];

    public async ValueTask InitializeAsync()
    {
        var scripts = FindScripts();
        if (!Directory.Exists(Path.Combine(scripts, "node_modules")))
        {
            await RunAsync("npm", ["ci", "--no-fund", "--no-audit"], scripts);
        }

        await RunAsync("node", ["fixtures.mjs", folder], scripts);
        cids = JsonSerializer.Deserialize<Dictionary<string, string>>(await File.ReadAllTextAsync(Path.Combine(folder, "fixtures.json")))!;
        server = Start("node", ["gateway.mjs", folder, $"{Gateways}"], scripts);
        var ports = JsonSerializer.Deserialize<int[]>((await server.StandardOutput.ReadLineAsync())!)!;
        Urls = [.. ports.Select(port => $"http://127.0.0.1:{port}")];
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        if (server is not null)
        {
            server.StandardInput.Close();
            await server.WaitForExitAsync();
            server.Dispose();
        }

        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Tells a gateway how to behave from now on, and empties its log.</summary>
    public async Task BehaveAsync(int gateway, object manners)
    {
        using var response = await http.PostAsJsonAsync($"{Urls[gateway]}/manners", manners);
        response.EnsureSuccessStatusCode();
    }

    public async Task BehaveAsync(params object[] manners)
    {
        for (var i = 0; i < Gateways; i++)
        {
            await BehaveAsync(i, i < manners.Length ? manners[i] : new { });
        }
    }

    /// <summary>What a gateway was asked since it was last told how to behave.</summary>
    public async Task<string[]> LogAsync(int gateway) => (await http.GetFromJsonAsync<string[]>($"{Urls[gateway]}/log"))!;

    /// <summary>The bytes the fixtures are made of.</summary>
    public static byte[] Bytes(int length, uint seed)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++)
        {
            seed = unchecked((seed * 1664525) + 1013904223);
            bytes[i] = (byte)(seed >> 24);
        }

        return bytes;
    }

    private static string FindScripts()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            var scripts = Path.Combine(directory.FullName, "tests", "ModelPlatform.Plugins.Tests", "npm");
            if (Directory.Exists(scripts))
            {
                return scripts;
            }
        }

        throw new DirectoryNotFoundException("tests/ModelPlatform.Plugins.Tests/npm is not above the test's directory.");
    }

    private static async Task RunAsync(string program, string[] arguments, string directory)
    {
        using var process = Start(program, arguments, directory);
        var error = process.StandardError.ReadToEndAsync();
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {await error}");
    }

    private static Process Start(string program, string[] arguments, string directory) => Process.Start(new ProcessStartInfo(program, arguments)
    {
        WorkingDirectory = directory, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = program == "npm" || arguments[0] == "fixtures.mjs",
    })!;
}
