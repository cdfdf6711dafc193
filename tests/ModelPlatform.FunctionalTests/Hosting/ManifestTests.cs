using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Json.Schema;
using ModelPlatform.FunctionalTests.Platform;

namespace ModelPlatform.FunctionalTests.Hosting;

/// <summary>The deployment manifest that azd reads.</summary>
public sealed partial class ManifestTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("manifest-").FullName;
    private JsonNode manifest = new JsonObject();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var file = Path.Combine(folder, "manifest.json");
        await RunAsync("dotnet", RunningPlatform.AppHost, "--publisher", "manifest", "--output-path", file);
        manifest = JsonNode.Parse(await File.ReadAllTextAsync(file, Token))!;
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>manifest.json is what Aspire 13.6.5 itself wrote for this AppHost.cs; its Azure parts are as its own samples show them.</summary>
    [Fact]
    public async Task Manifest_IsTheOneAspireWrites()
    {
        var expected = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Hosting", "manifest.json"), Token);

        Assert.Equal(Normalize(expected), Normalize(manifest.ToJsonString()));
    }

    [Fact]
    public async Task Manifest_IsValidAgainstAspiresSchema()
    {
        var schema = JsonSchema.FromText(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Hosting", "aspire-8.0.json"), Token));

        var result = schema.Evaluate(JsonSerializer.SerializeToElement(manifest), new EvaluationOptions { OutputFormat = OutputFormat.List });

        Assert.True(result.IsValid, JsonSerializer.Serialize(result));
    }

    [Fact]
    public void Manifest_HasNoExecutableAndNoSecret()
    {
        var resources = manifest["resources"]!.AsObject();

        Assert.DoesNotContain(resources, resource => (string?)resource.Value!["type"] == "executable.v0");
        Assert.Equal("{storage.outputs.blobEndpoint}", (string?)resources["blobs"]!["connectionString"]);
        Assert.True((bool)resources["model-fetch-token"]!["inputs"]!["value"]!["secret"]!);
        Assert.All(["api", "jobs", "modelhost", "dashboard"], name => Assert.Equal("{model-fetch-token.value}", (string?)resources[name]!["env"]!["MODEL_FETCH_TOKEN"]));
    }

    [Fact]
    public void Manifest_ProjectPaths_LeadFromTheManifestToTheProjects()
    {
        foreach (var (_, resource) in manifest["resources"]!.AsObject().Where(resource => (string?)resource.Value!["type"] == "project.v0"))
        {
            Assert.True(File.Exists(Path.Combine(folder, (string)resource!["path"]!)));
        }
    }

    [Fact]
    public async Task Bicep_BesideTheManifest_Compiles()
    {
        var bicep = Assembly.GetExecutingAssembly().GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(attribute => attribute.Key == "Bicep")?.Value;
        Assert.SkipWhen(bicep is null, "the bicep compiler is taken from NuGet on Linux x64 only");
        var program = Path.Combine(folder, "bicep");
        File.Copy(bicep!, program);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }


        foreach (var (_, resource) in manifest["resources"]!.AsObject().Where(resource => (string?)resource.Value!["type"] == "azure.bicep.v0"))
        {
            var file = Path.Combine(folder, (string)resource!["path"]!);
            var template = JsonNode.Parse(await RunAsync(program, "build", "--stdout", file))!;
            var given = resource["params"]?.AsObject().Select(parameter => parameter.Key) ?? [];
            var asked = template["parameters"]!.AsObject().Where(parameter => parameter.Value!["defaultValue"] is null).Select(parameter => parameter.Key);
            Assert.Equal(asked.Order(), given.Order());
        }
    }

    /// <summary>azd has no <c>--</c> in its command line, and no property.</summary>
    [Fact]
    public async Task DotnetRun_AsAzdCallsIt_WritesTheManifest()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root!.FullName, "ModelPlatform.sln")))
        {
            root = root.Parent;
        }

        var file = Path.Combine(folder, "azd.json");
        var configuration = AppContext.BaseDirectory.Contains("release", StringComparison.OrdinalIgnoreCase) ? "Release" : "Debug";
        await RunAsync("dotnet", "run", "--no-build", "--configuration", configuration, "--project", Path.Combine(root.FullName, "AppHost", "ModelPlatform.AppHost.csproj"), "--publisher", "manifest", "--output-path", file);

        Assert.Equal(Normalize(manifest.ToJsonString()), Normalize(await File.ReadAllTextAsync(file, Token)));
    }

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync(Token);
        var output = await process.StandardOutput.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        Assert.True(process.ExitCode == 0, $"{output}\n{await error}");
        return output;
    }

    /// <summary>Leaves out what is generated, and the way from the manifest to the repository.</summary>
    private static string Normalize(string json)
    {
        var text = JsonNode.Parse(json)!.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
        return ProjectPath().Replace(GeneratedName().Replace(text, "$1-GENERATED"), "\"path\": \"src/");
    }

    [GeneratedRegex(@"(tlsenabled|modelplatform\.apphost)-[0-9a-f]{8,10}")]
    private static partial Regex GeneratedName();

    [GeneratedRegex(@"""path"": ""[^""]*?src/(?=ModelPlatform)")]
    private static partial Regex ProjectPath();
}
