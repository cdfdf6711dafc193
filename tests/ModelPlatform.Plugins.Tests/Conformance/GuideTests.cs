using System.Diagnostics;
using System.Text.RegularExpressions;
using ModelPlatform.Plugins.Tests.Host;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Tests.Conformance;

/// <summary>Runs every command of docs/guides/write-a-source-plugin.md, as it stands there.</summary>
public sealed partial class GuideTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Guide_FollowedLiterally_ThePluginIsListedFetchesAndIsSwapped()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The guide's commands are for a shell.");
        var root = FindRoot();
        var steps = ShellBlock().Matches(await File.ReadAllTextAsync(Path.Combine(root, "docs", "guides", "write-a-source-plugin.md"), Stop)).Select(match => match.Groups[1].Value).ToArray();
        Assert.Equal(3, steps.Length);
        var folder = Directory.CreateTempSubdirectory("mp-guide-").FullName;
        await using var host = await RunningHost.StartAsync();
        try
        {
            var data = Path.GetDirectoryName(host.ThirdParty)!;
            await RunAsync(steps[0], folder, root, data);
            await RunAsync(steps[1], folder, root, data);
            await host.UntilAsync("Acme", "0.1.0", PluginState.Active);
            Assert.Equal("hello", host.Plugins.List().Single(status => status.State == PluginState.Active).Example);

            Assert.True(host.Catalog.TryAcquire("acme", out var lease));
            using (lease)
            {
                var inspection = (await lease.Source.InspectAsync(new SourceReference("hello"), Stop)).Value;
                await using var content = (await lease.Source.OpenAsync(inspection.Variants[0].Files[0], default, Stop)).Value;
                using var bytes = new MemoryStream();
                await content.Body.CopyToAsync(bytes, Stop);
                Assert.Equal(inspection.Variants[0].TotalSize, bytes.Length);
            }

            await RunAsync(steps[2], folder, root, data);
            await host.UntilAsync("Acme", "0.2.0", PluginState.Active);
            Assert.True((await host.InspectAsync("acme", "hello")).IsSuccess);
        }
        finally
        {
            await RunAsync("dotnet new uninstall \"$MODELPLATFORM/plugins/Template\" || true", folder, root, folder);
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task RunAsync(string script, string folder, string root, string data)
    {
        using var shell = Process.Start(new ProcessStartInfo("bash", ["-euo", "pipefail", "-c", script])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["MODELPLATFORM"] = root, ["MODELPLATFORM_DATA"] = data, ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1", ["MSBUILDDISABLENODEREUSE"] = "1" },
        })!;
        var (output, error) = (shell.StandardOutput.ReadToEndAsync(Stop), shell.StandardError.ReadToEndAsync(Stop));
        await shell.WaitForExitAsync(Stop);
        Assert.True(shell.ExitCode == 0, $"{script}\n{await output}\n{await error}");
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
}
