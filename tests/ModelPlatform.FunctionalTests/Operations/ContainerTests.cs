using System.Diagnostics;
using System.Text.Json.Nodes;
using ModelPlatform.FunctionalTests.Platform;

namespace ModelPlatform.FunctionalTests.Operations;

/// <summary>What the SDK makes of the services' container settings, up to where it would fetch the base image.</summary>
public sealed class ContainerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("ModelPlatform.Api", "modelplatform/api")]
    [InlineData("ModelPlatform.JobServer", "modelplatform/jobserver")]
    [InlineData("ModelPlatform.Dashboard", "modelplatform/dashboard")]
    public async Task Image_OfAService_IsSmallAndNotRoot(string project, string repository)
    {
        var evaluated = await EvaluateAsync(project);
        var (properties, items) = (evaluated["Properties"]!, evaluated["Items"]!);

        Assert.Equal(repository, (string?)properties["ContainerRepository"]);
        Assert.Equal("app", (string?)properties["ContainerUser"]);
        Assert.EndsWith("/dotnet/aspnet:10.0-noble-chiseled", (string?)properties["ContainerBaseImage"], StringComparison.Ordinal);
        var port = Assert.Single(items["ContainerPort"]!.AsArray());
        Assert.Equal(("8080", "tcp"), ((string?)port!["Identity"], (string?)port["Type"]));
        var environment = items["ContainerEnvironmentVariable"]!.AsArray().ToDictionary(variable => (string)variable!["Identity"]!, variable => (string?)variable!["Value"]);
        Assert.Equal(("8080", "/data"), (environment["ASPNETCORE_HTTP_PORTS"], environment["MODELPLATFORM_DATA"]));
        var labels = items["ContainerLabel"]!.AsArray().Select(label => (string)label!["Identity"]!).ToList();
        Assert.Contains("org.opencontainers.image.title", labels);
        Assert.Contains("org.opencontainers.image.version", labels);
    }

    private static async Task<JsonNode> EvaluateAsync(string project)
    {
        var root = new DirectoryInfo(RunningPlatform.AppHost);
        while (!File.Exists(Path.Combine(root!.FullName, "ModelPlatform.sln")))
        {
            root = root.Parent;
        }

        var start = new ProcessStartInfo(
            "dotnet",
            [
                "msbuild", Path.Combine(root.FullName, "src", project, $"{project}.csproj"), "-p:Configuration=Release", "-p:RuntimeIdentifier=linux-x64", "-p:SelfContained=false", "-t:ComputeContainerConfig",
                "-getProperty:ContainerRepository,ContainerUser,ContainerBaseImage", "-getItem:ContainerPort,ContainerEnvironmentVariable,ContainerLabel",
            ]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(Token);
        var output = await process.StandardOutput.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        Assert.True(process.ExitCode == 0, $"{output}\n{await error}");
        return JsonNode.Parse(output)!;
    }
}
