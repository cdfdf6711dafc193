using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ModelPlatform.FunctionalTests.Platform;

namespace ModelPlatform.FunctionalTests.Sources;

/// <summary>A plugin made by following docs/guides/write-a-source-plugin.md word for word, dropped into a platform that runs, and all that can be done to it there.</summary>
public sealed partial class DroppedPluginTests
{
    private static readonly string Root = FindRoot();

    private static readonly string[] Hosts = ["ModelPlatform.Api", "ModelPlatform.JobServer", "ModelPlatform.ModelHost"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Guide_FollowedLiterally_ThePluginFetchesThroughTheWholePlatformAndIsSwappedThere()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The guide's commands are for a shell.");
        var guide = await File.ReadAllTextAsync(Path.Combine(Root, "docs", "guides", "write-a-source-plugin.md"), Stop);
        var steps = ShellBlock().Matches(guide).Select(match => match.Groups[1].Value).ToArray();
        var calls = CurlLine().Matches(guide).Select(match => match.Value).ToArray();
        Assert.Equal((4, 2), (steps.Length, calls.Length));
        await using var platform = await RunningPlatform.StartAsync(new PlatformOptions { Arguments = ["--store", "filesystem"] }, Stop);
        var folder = Path.Combine(platform.Folder, "guide");
        Directory.CreateDirectory(folder);
        try
        {
            // Drop it: listed in every process that hosts plugins, and its example works from end to end.
            await RunAsync(steps[0], folder, platform);
            await RunAsync(steps[1], folder, platform);
            var listed = await UntilAsync(platform, "Acme", "0.1.0", "active");
            Assert.Equal(Hosts, listed.Select(status => ((string)status["process"]!).Split('/')[0]).Order());
            Assert.All(listed, status => Assert.Equal("acme", (string?)Assert.Single(status["sources"]!.AsArray())));
            var example = (string)listed[0]["example"]!;
            var inspection = JsonNode.Parse(await RunAsync(calls[0], folder, platform))!;
            Assert.Equal(("safetensors", example), ((string?)inspection["framework"], (string?)inspection["sourceReference"]));
            var queued = JsonNode.Parse(await RunAsync(calls[1], folder, platform))!;
            Assert.Equal("completed", (string?)(await platform.Api.WaitForEndAsync((string)queued["jobId"]!, Stop))["status"]);
            Assert.Equal(Greeting("hello"), await platform.Api.GetByteArrayAsync("/v2/models/hello:v1/artifacts/hello.safetensors", Stop));

            // Switch it off and on: every process obeys and says why.
            Assert.All((await DoAsync(platform, "disable")).Where(status => (string?)status["state"] != "draining"), status => Assert.Equal(("disabled", "switched off by an operator"), ((string?)status["state"], (string?)status["reason"])));
            await AssertNotOfferedAsync(platform, "while-disabled");
            Assert.Contains(await DoAsync(platform, "enable"), status => (string?)status["state"] == "active");
            await UntilAsync(platform, "Acme", "0.1.0", "active");
            Assert.Contains(await DoAsync(platform, "reload"), status => (string?)status["state"] == "active");
            await platform.Api.FetchAsync("acme", example, "after-reload", Stop);

            // Put a new version in its place.
            await RunAsync(steps[2], folder, platform);
            await UntilAsync(platform, "Acme", "0.2.0", "active");
            await UntilAsync(platform, list => !list.Any(status => (string?)status["state"] == "draining"));
            await platform.Api.FetchAsync("acme", example, "after-swap", Stop);

            // Garbage over its assembly: shown with the reason, and what ran goes on.
            var directory = Path.Combine(platform.Data, "plugins", "Acme");
            await File.WriteAllTextAsync(Path.Combine(directory, "Acme.dll"), "garbage", Stop);
            var broken = await UntilAsync(platform, "Acme", "0.2.0", "malfunctioned");
            Assert.All(broken, status => Assert.Equal("its entry assembly is not a .NET assembly; version 0.2.0 goes on as it was", (string?)status["reason"]));
            await platform.Api.FetchAsync("acme", example, "beside-garbage", Stop);
            Assert.Equal(Greeting("hello"), await platform.Api.GetByteArrayAsync("/v2/models/beside-garbage:v1/artifacts/hello.safetensors", Stop));

            // The conformance suite, from its package, against the plugin.
            Assert.Matches(@"Total: [1-9]\d, Errors: 0, Failed: 0", await RunAsync(steps[3], folder, platform));

            // Take it away.
            Directory.Delete(directory, recursive: true);
            await UntilAsync(platform, list => !list.Any(status => (string?)status["id"] == "Acme"));
            await AssertNotOfferedAsync(platform, "after-deletion");
            using var unknown = await platform.Api.PostAsync("/v1/plugins/Acme/reload", null, Stop);
            var problem = (await unknown.Content.ReadFromJsonAsync<JsonObject>(Stop))!;
            Assert.Equal((404, "NOT_FOUND"), ((int)unknown.StatusCode, (string?)problem["code"]));
        }
        finally
        {
            await RunAsync("dotnet new uninstall \"$MODELPLATFORM/plugins/Template\" || true", folder, platform);
        }
    }

    /// <summary>Waits until every process lists the plugin so.</summary>
    private static async Task<JsonNode[]> UntilAsync(RunningPlatform platform, string id, string version, string state)
    {
        bool IsWanted(JsonNode status) => (string?)status["id"] == id && (string?)status["version"] == version && (string?)status["state"] == state;
        var list = await UntilAsync(platform, list => list.Where(IsWanted).Select(status => (string?)status["process"]).Distinct().Count() == Hosts.Length);
        return [.. list.Where(IsWanted)];
    }

    private static async Task<JsonNode[]> UntilAsync(RunningPlatform platform, Func<JsonNode[], bool> isWanted)
    {
        JsonNode[] list = [];
        for (var started = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromMinutes(2); await Task.Delay(50, Stop))
        {
            list = [.. (await platform.Api.GetFromJsonAsync<JsonArray>("/v1/plugins", Stop))!.Select(status => status!)];
            if (isWanted(list))
            {
                return list;
            }
        }

        Assert.Fail("The plugins never came to the state waited for: " + string.Join("\n", list.Select(status => status.ToJsonString())));
        return list;
    }

    private static async Task<JsonNode[]> DoAsync(RunningPlatform platform, string what)
    {
        using var answer = await platform.Api.PostAsync($"/v1/plugins/Acme/{what}", null, Stop);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Stop));
        JsonNode[] list = [.. (await answer.Content.ReadFromJsonAsync<JsonArray>(Stop))!.Select(status => status!)];
        Assert.Equal(Hosts.Length, list.Select(status => (string?)status["process"]).Distinct().Count());
        return list;
    }

    private static async Task AssertNotOfferedAsync(RunningPlatform platform, string model)
    {
        var (status, body) = await platform.Api.PostFetchAsync(FetchApi.Request("acme", "hello", model), Stop);
        Assert.Equal((400, "INVALID_SOURCE"), (status, (string?)body["code"]));
        Assert.Contains("filesystem", (string?)body["error"]);
    }

    private static byte[] Greeting(string text)
    {
        var header = Encoding.UTF8.GetBytes($$$"""{"__metadata__":{"greeting":"{{{text}}}"}}""");
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        return [.. length, .. header];
    }

    private static async Task<string> RunAsync(string script, string folder, RunningPlatform platform)
    {
        using var shell = Process.Start(new ProcessStartInfo("bash", ["-euo", "pipefail", "-c", script.Replace("curl ", "curl -s ").Replace("localhost:5100", $"localhost:{platform.ApiPort}")])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["MODELPLATFORM"] = Root, ["MODELPLATFORM_DATA"] = platform.Data, ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1", ["MSBUILDDISABLENODEREUSE"] = "1" },
        })!;
        var (output, error) = (shell.StandardOutput.ReadToEndAsync(Stop), shell.StandardError.ReadToEndAsync(Stop));
        await shell.WaitForExitAsync(Stop);
        Assert.True(shell.ExitCode == 0, $"{script}\n{await output}\n{await error}");
        return await output;
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "ModelPlatform.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("ModelPlatform.sln was not found above the tests.");
        }

        return folder.FullName;
    }

    [GeneratedRegex(@"^```sh\n(.+?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex ShellBlock();

    [GeneratedRegex("^curl .+$", RegexOptions.Multiline)]
    private static partial Regex CurlLine();
}
